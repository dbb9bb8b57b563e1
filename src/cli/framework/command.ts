import type { Argv, InferredOptionTypes, Options, PositionalOptions } from 'yargs';

type Positionals = Readonly<Record<string, PositionalOptions>>;
type NamedOptions = Readonly<Record<string, Options>>;

/** What a command is, in a file of its own: its words, and what it does with them. */
interface Definition<P extends Positionals, O extends NamedOptions> {
  /** Its name and positional arguments, as yargs writes them: `kernel <name> [sizes..]`. */
  readonly command: string;
  readonly describe: string;
  readonly positionals?: P;
  readonly options: O;
  /** Command lines, each with what it is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** What else the help page says, at its end. */
  readonly details?: string;
  readonly run: (args: InferredOptionTypes<P> & InferredOptionTypes<O>) => void | Promise<void>;
}

/** A command as the program knows it, whatever its arguments are. */
export interface Command {
  readonly name: string;
  /** Its name and positional arguments. */
  readonly usage: string;
  readonly optionNames: readonly string[];
  addTo(program: Argv): void;
}

/** The types of the arguments of `run` follow from the options and positional arguments. */
export function defineCommand<const P extends Positionals, const O extends NamedOptions>(
  definition: Definition<P, O>,
): Command {
  const { command, describe, positionals = {} as P, options, examples, details, run } = definition;
  return {
    name: command.split(' ')[0]!,
    usage: command,
    optionNames: Object.keys(options),
    addTo(program) {
      program.command(
        command,
        describe,
        (yargs) => {
          yargs.usage(`$0 ${command}\n\n${describe}.`);
          for (const [name, positional] of Object.entries(positionals)) yargs.positional(name, positional);
          yargs.options(options);
          for (const [line, purpose] of examples) yargs.example(line, purpose);
          if (details !== undefined) yargs.epilogue(details);
        },
        (args) => run(args as unknown as Parameters<typeof run>[0]),
      );
    },
  };
}
