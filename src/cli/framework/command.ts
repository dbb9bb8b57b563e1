import type { Argv, InferredOptionTypes, Options, PositionalOptions } from 'yargs';
import { commandLine } from './command-line.ts';
import type { Vocabulary } from './check-words.ts';

type Positionals = Readonly<Record<string, PositionalOptions>>;
type NamedOptions = Readonly<Record<string, Options>>;

/** A command, as its file defines it. */
interface Definition<P extends Positionals, O extends NamedOptions> {
  /** Its name and positional arguments, as yargs writes them: `kernel <name> [sizes..]`. */
  readonly command: string;
  readonly describe: string;
  readonly positionals?: P;
  readonly options: O;
  /** Command lines for the help page, each with its purpose. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** Text at the end of the help page. */
  readonly details?: string;
  readonly run: (args: InferredOptionTypes<P> & InferredOptionTypes<O>) => void | Promise<void>;
}

/** A command as the program knows it, without the types of its arguments. */
export interface Command extends Vocabulary {
  readonly name: string;
  addTo(program: Argv): void;
}

/** Defines a command. The types of the arguments of `run` follow from its options and positional arguments. */
export function defineCommand<const P extends Positionals, const O extends NamedOptions>(
  definition: Definition<P, O>,
): Command {
  const { command, describe, positionals = {} as P, options, examples, details, run } = definition;
  return {
    name: command.split(' ')[0]!,
    usage: command,
    positionalNames: Object.keys(positionals),
    options,
    addTo(program) {
      program.command(
        command,
        describe,
        (yargs) => {
          yargs.usage(`$0 ${command}\n\n${describe}.`);
          for (const [name, positional] of Object.entries(positionals)) yargs.positional(name, positional);
          yargs.options(options);
          for (const [line, purpose] of examples) yargs.example(commandLine(line), purpose);
          if (details !== undefined) yargs.epilogue(details);
        },
        (args) => run(args as unknown as Parameters<typeof run>[0]),
      );
    },
  };
}
