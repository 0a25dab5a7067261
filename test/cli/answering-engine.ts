import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { CliContext } from '../../src/cli/context.ts';
import type { JsonObject } from '../../src/model/json.ts';

/** What an engine answers to one request: the status, and the body as JSON. */
export type Answer = readonly [status: number, body: JsonObject];

export interface Ran {
  /** Method and path of each request. */
  readonly asked: readonly string[];
  /** The same, with the body where it had one. */
  readonly requests: readonly string[];
  readonly bodies: readonly JsonObject[];
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** Runs a command of the program against an engine that gives these answers, one after the other. */
export async function runAgainst(
  answers: readonly Answer[],
  register: (program: Command, context: CliContext) => void,
  argv: readonly string[],
): Promise<Ran> {
  const [asked, requests]: [string[], string[]] = [[], []];
  const bodies: JsonObject[] = [];
  const left = [...answers];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    asked.push(`${request.method} ${request.url}`);
    requests.push(`${request.method} ${request.url} ${body}`.trim());
    if (body !== '') bodies.push(JSON.parse(body) as JsonObject);
    const [status, answer] = left.shift() ?? [500, {}];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let [out, err, code] = ['', '', 0];
  const program = new Command().exitOverride();
  register(program, {
    key: 'sk_x',
    // A server that listens on a port has an address with one.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stdout: { write: (written: string) => (out += written) },
    stderr: { write: (written: string) => (err += written) },
    isTty: false,
    clock: { now: () => 0 },
    setExitCode: (given) => {
      code = given;
    },
  });
  try {
    await program.parseAsync(['node', 'tessera', ...argv]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return { asked, requests, bodies, out, err, code };
}
