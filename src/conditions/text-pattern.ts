import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Pattern, parsePattern } from './parse-pattern.ts';

/*
 * Regular expressions of `matches`, in time that grows with the text and never faster: a definition is written by people, and
 * what a backtracking engine makes of `(a+)+$` would hold up everybody's events. The pattern becomes a small program whose
 * possible places are followed all at once, one character after the other (K. Thompson, Regular Expression Search Algorithm,
 * CACM 11:6, 1968; R. Cox, Regular Expression Matching: the Virtual Machine Approach, 2009).
 */
type Instruction =
  | { readonly op: 'one'; readonly fits: (code: number) => boolean }
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'start' }
  | { readonly op: 'end' }
  | { readonly op: 'match' };

/** Whether the pattern is somewhere in the text; of a long text only the beginning is looked at. */
export type TextPattern = (text: string) => boolean;

/** Fails with `invalid_definition` and the place. */
export function compileTextPattern(source: string, path: string): TextPattern {
  if (source.length > limits.patternCharactersMax)
    throw refusal(path, `must have at most ${limits.patternCharactersMax} characters`);
  const program = new ProgramBuilder(path).build(parsePattern(source, path));
  return (text) => run(program, text.slice(0, limits.patternTextCharactersMax));
}

function refusal(path: string, why: string): TesseraError {
  return new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}

class ProgramBuilder {
  readonly #path: string;
  readonly #program: Instruction[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  build(pattern: Pattern): readonly Instruction[] {
    this.#add(pattern);
    this.#put({ op: 'match' });
    return this.#program;
  }

  #put(instruction: Instruction): number {
    if (this.#program.length >= limits.patternStepsMax)
      throw refusal(this.#path, `repeats too much: at most ${limits.patternStepsMax} steps`);
    return this.#program.push(instruction) - 1;
  }

  #add(pattern: Pattern): void {
    switch (pattern.kind) {
      case 'one':
        this.#put({ op: 'one', fits: pattern.fits });
        return;
      case 'start':
      case 'end':
        this.#put({ op: pattern.kind });
        return;
      case 'sequence':
        for (const part of pattern.parts) this.#add(part);
        return;
      case 'choice':
        this.#choose(pattern.options);
        return;
      case 'repeat':
        this.#repeat(pattern);
        return;
    }
  }

  #choose(options: readonly Pattern[]): void {
    const ends: number[] = [];
    for (const [index, option] of options.entries()) {
      const last = index === options.length - 1;
      const fork = last ? -1 : this.#put({ op: 'match' });
      this.#add(option);
      if (last) continue;
      ends.push(this.#put({ op: 'match' }));
      this.#program[fork] = { op: 'split', first: fork + 1, second: this.#program.length };
    }
    const next = this.#program.length;
    for (const end of ends) this.#program[end] = { op: 'split', first: next, second: next };
  }

  #repeat({ of, least, most }: Extract<Pattern, { kind: 'repeat' }>): void {
    for (let n = 0; n < least; n++) this.#add(of);
    if (most === undefined) {
      const fork = this.#put({ op: 'match' });
      this.#add(of);
      this.#put({ op: 'split', first: fork, second: fork });
      this.#program[fork] = { op: 'split', first: fork + 1, second: this.#program.length };
      return;
    }
    const forks: number[] = [];
    for (let n = least; n < most; n++) {
      forks.push(this.#put({ op: 'match' }));
      this.#add(of);
    }
    for (const fork of forks)
      this.#program[fork] = { op: 'split', first: fork + 1, second: this.#program.length };
  }
}

/** Every place at which the program can be, before the first character and after each. */
function run(program: readonly Instruction[], text: string): boolean {
  let places = new Set<number>();
  for (let index = 0; ; ) {
    const at = { isStart: index === 0, isEnd: index >= text.length };
    // A pattern may begin anywhere.
    if (reach(program, { places, from: 0, ...at })) return true;
    if (at.isEnd) return false;
    const code = text.codePointAt(index) ?? 0;
    index += code > 0xffff ? 2 : 1;
    const next = new Set<number>();
    const after = { places: next, isStart: false, isEnd: index >= text.length };
    for (const place of places) {
      const instruction = program[place];
      if (instruction?.op !== 'one' || !instruction.fits(code)) continue;
      if (reach(program, { ...after, from: place + 1 })) return true;
    }
    places = next;
  }
}

interface Reaching {
  readonly places: Set<number>;
  readonly from: number;
  readonly isStart: boolean;
  readonly isEnd: boolean;
}

/** Adds what can be reached without a character; true where the match is among it. */
function reach(program: readonly Instruction[], { places, from, isStart, isEnd }: Reaching): boolean {
  const waiting = [from];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (places.has(place)) continue;
    places.add(place);
    const instruction = program[place];
    if (instruction?.op === 'match') return true;
    if (instruction?.op === 'split') waiting.push(instruction.first, instruction.second);
    else if ((instruction?.op === 'start' && isStart) || (instruction?.op === 'end' && isEnd))
      waiting.push(place + 1);
  }
  return false;
}
