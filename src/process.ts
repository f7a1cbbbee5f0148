import type { OnlineCommand } from './cli/command.ts';
import { readCommandLine } from './cli/command-line.ts';
import { type Display, displayOf } from './cli/display.ts';
import { clearFiles, filesOf, prepareFiles } from './commands/files.ts';
import { giveFault } from './commands/outputs.ts';
import { run } from './commands/run.ts';
import type { Surroundings } from './commands/surroundings.ts';
import { asFault, Fault, withRemedy } from './fault.ts';
import { printable } from './text.ts';
import { wantsColour } from './ui/colour.ts';
import { statusOfFault } from './ui/exit-status.ts';
import { Log, type LogSink } from './ui/log.ts';
import { jsonFormat, type LogFormat, textFormat } from './ui/log-format.ts';

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
  const output = watchedOutput();
  const display = displayOf(argv, env);
  const format = display.logFormat === 'json' ? jsonFormat : textFormat(wantsColour(env, process.stderr.isTTY));
  const around: Surroundings = {
    env,
    print: output.print,
    paper: {
      colour: wantsColour(env, process.stdout.isTTY),
      get columns() {
        return process.stdout.columns ?? 80;
      },
    },
    log: new Log({ write }, format, 'normal', Date.now),
    ended: endedBySignals(),
  };
  const status = await main(argv, display, around, (command) => logFor(command, env, write, format));
  const lost = await output.flushed();
  if (lost !== undefined) around.log.fault(lost);
  await flushed(write);
  process.exit(status === 0 && lost !== undefined ? statusOfFault(lost.code) : status);
}

type Write = (text: string, written?: () => void) => boolean;

/** A pipe whose reader is slow has not taken all that was written: without this its end would be lost. */
function flushed(write: Write): Promise<void> {
  return new Promise((resolve) => write('', resolve));
}

/** Standard output, and what became of the results on it. */
function watchedOutput(): { print: Surroundings['print']; flushed: () => Promise<Fault | undefined> } {
  const { stdout } = process;
  let failure: NodeJS.ErrnoException | undefined;
  // Each write is told of its own.
  stdout.on('error', () => undefined);
  return {
    print: (text) => {
      stdout.write(text, (error) => {
        failure ??= error ?? undefined;
      });
    },
    flushed: async () => {
      await flushed((text, written) => stdout.write(text, written));
      // A reader that closes the pipe (`| head -1`) has what it wants.
      if (failure === undefined || failure.code === 'EPIPE') return undefined;
      return new Fault('UNEXPECTED', `the result could not be written to standard output: ${failure.message}`, {
        hint: 'what was promoted stays promoted; run it again with a place for its result, or with --output FILE',
        cause: failure,
      });
    },
  };
}

/**
 * @param logOf makes the log that a command asks for
 * @returns the exit status
 */
async function main(
  argv: readonly string[],
  display: Display,
  around: Surroundings,
  logOf: (command: OnlineCommand) => Promise<Log>,
): Promise<number> {
  try {
    const command = await readCommandLine(argv, around.env);
    if (command.name === 'text') {
      around.print(command.text);
      return 0;
    }
    await prepareFiles(filesOf(command));
    if (command.name === 'iam') {
      const { iam } = await import('./commands/iam.ts');
      return await iam(command, around);
    }
    return await run(command, { ...around, log: await logOf(command) });
  } catch (error) {
    const fault = withRemedy(asFault(error));
    await clearFiles(display.files);
    await giveFault(fault, { requests: 0, durationMs: 0 }, display, around);
    return statusOfFault(fault.code);
  }
}

async function logFor(command: OnlineCommand, env: NodeJS.ProcessEnv, write: Write, format: LogFormat): Promise<Log> {
  return new Log(await sinkFor(command, env, write), format, command.settings.verbosity, Date.now);
}

/** Lines; on a terminal also bars, for a command that moves bytes. */
async function sinkFor(command: OnlineCommand, env: NodeJS.ProcessEnv, write: LogSink['write']): Promise<LogSink> {
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
