import { readCommandLine } from './cli/command-line.ts';
import { displayOf } from './cli/display.ts';
import { iam } from './commands/iam.ts';
import { giveUsageFault } from './commands/outputs.ts';
import { run } from './commands/run.ts';
import type { Surroundings } from './commands/surroundings.ts';
import { asFault, Fault } from './fault.ts';
import { printable } from './oci/text.ts';
import { wantsColour } from './ui/colour.ts';
import { statusOfFault } from './ui/exit-status.ts';
import { Log, type Verbosity } from './ui/log.ts';
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
  process.exit(await main(argv, env, write));
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
  const logAt = (verbosity: Verbosity) => new Log({ write }, format, verbosity, Date.now);
  const around: Surroundings = {
    env,
    print: (text) => process.stdout.write(text),
    log: logAt('normal'),
    stopping: stoppedBySignals(),
  };
  try {
    const command = await readCommandLine(argv, env);
    if (command.name === 'text') {
      around.print(command.text);
      return 0;
    }
    if (command.name === 'iam') return await iam(command, around);
    return await run(command, { ...around, log: logAt(command.settings.verbosity) });
  } catch (error) {
    const fault = asFault(error);
    if (fault.code === 'USAGE') await giveUsageFault(fault, display, around);
    else around.log.fault(fault);
    return statusOfFault(fault.code);
  }
}

/**
 * Only our own log speaks on standard error: what libraries warn of, and what Node itself prints
 * under NODE_DEBUG or google-auth-library under GOOGLE_SDK_NODE_LOGGING, can hold a token.
 */
function claimStandardError(): (text: string) => boolean {
  delete process.env.GOOGLE_SDK_NODE_LOGGING;
  const { stderr } = process;
  const write = stderr.write.bind(stderr);
  stderr.write = () => true;
  stderr.on('error', () => undefined);
  return (text) => write(text);
}

function stoppedBySignals(): AbortController {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopping.abort(new Fault(signal, `ended by ${signal}`));
      setTimeout(() => process.exit(statusOfFault(signal)), farewellMs).unref();
    });
  }
  return stopping;
}
