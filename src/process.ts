import type { Command } from './cli/command.ts';
import { readCommandLine } from './cli/command-line.ts';
import { displayOf } from './cli/display.ts';
import { giveUsageFault } from './commands/outputs.ts';
import { run } from './commands/run.ts';
import type { Surroundings } from './commands/surroundings.ts';
import { asFault, Fault } from './fault.ts';
import { printable } from './text.ts';
import { wantsColour } from './ui/colour.ts';
import { statusOfFault } from './ui/exit-status.ts';
import { Log, type LogSink } from './ui/log.ts';
import { jsonFormat, textFormat } from './ui/log-format.ts';

/** After a signal: uploads are cancelled and the report is written by then, or not at all. */
const farewellMs = 4_000;

/** Runs the process to its end. @param argv without node and script */
export async function start(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<never> {
  const write = claimStandardError();
  // A defect of ours ends in one line, not in a page of the bundle.
  process.on('uncaughtException', (error) => {
    write(`error UNEXPECTED: ${printable(String(error))}\n`);
    process.exit(statusOfFault('UNEXPECTED'));
  });
  const status = await main(argv, env, write);
  const { stdout } = process;
  await Promise.all([flushed(write), flushed((text, written) => stdout.write(text, written))]);
  process.exit(status);
}

type Write = (text: string, written?: () => void) => boolean;

/** A pipe whose reader is slow has not taken all that was written: without this its end would be lost. */
function flushed(write: Write): Promise<void> {
  return new Promise((resolve) => write('', resolve));
}

/** @returns the exit status */
async function main(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  write: (text: string) => boolean,
): Promise<number> {
  process.stdout.on('error', () => undefined);
  const display = displayOf(argv, env);
  const format = display.logFormat === 'json' ? jsonFormat : textFormat(wantsColour(env, process.stderr.isTTY));
  const around: Surroundings = {
    env,
    print: (text) => process.stdout.write(text),
    paper: {
      colour: wantsColour(env, process.stdout.isTTY),
      get columns() {
        return process.stdout.columns ?? 80;
      },
    },
    log: new Log({ write }, format, 'normal', Date.now),
    ended: endedBySignals(),
  };
  try {
    const command = await readCommandLine(argv, env);
    if (command.name === 'text') {
      around.print(command.text);
      return 0;
    }
    if (command.name === 'iam') {
      const { iam } = await import('./commands/iam.ts');
      return await iam(command, around);
    }
    const { verbosity } = command.settings;
    const sink = await sinkFor(command, env, write);
    return await run(command, { ...around, log: new Log(sink, format, verbosity, Date.now) });
  } catch (error) {
    const fault = asFault(error);
    if (fault.code === 'USAGE' || fault.code === 'WRONG_PLAN') await giveUsageFault(fault, display, around);
    else around.log.fault(fault);
    return statusOfFault(fault.code);
  }
}

/** Lines; on a terminal also bars, for a command that moves bytes. */
async function sinkFor(command: Command, env: NodeJS.ProcessEnv, write: LogSink['write']): Promise<LogSink> {
  const { stderr } = process;
  const moves = command.name === 'copy' || command.name === 'apply';
  if (!moves || !stderr.isTTY || env.TERM === 'dumb' || command.settings.logFormat === 'json') return { write };
  const { LiveSink } = await import('./ui/live.ts');
  return new LiveSink(write, stderr, wantsColour(env, true), Date.now);
}

/**
 * Only our own log speaks on standard error: what libraries warn of, and what Node itself prints
 * under NODE_DEBUG or google-auth-library under GOOGLE_SDK_NODE_LOGGING, can hold a token.
 */
function claimStandardError(): Write {
  delete process.env.GOOGLE_SDK_NODE_LOGGING;
  const { stderr } = process;
  const write = stderr.write.bind(stderr);
  stderr.write = () => true;
  stderr.on('error', () => undefined);
  return (text, written) => write(text, written);
}

function endedBySignals(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      ending.abort(new Fault(signal, `ended by ${signal}`));
      setTimeout(() => process.exit(statusOfFault(signal)), farewellMs).unref();
    });
  }
  return ending.signal;
}
