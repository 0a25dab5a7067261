import { render } from 'preact';
import { App } from './app.tsx';
import { takeKeyFromAddress } from './session.ts';
import './style.css';

const place = document.getElementById('console');
if (place !== null) {
  void takeKeyFromAddress();
  render(<App />, place);
}
