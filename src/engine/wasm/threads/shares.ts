/**
 * The shares of a program's phases. A program is compiled for as many shares as there are threads, and its workspaces belong
 * to shares. A share is the same work whoever does it: so fewer threads can run the program, each doing several shares one
 * after the other, and the results have the same bits.
 */

/** What is done of a share before others have their turn. */
export type Piece = () => void;
/** The pieces of a share, in order. Programs that take long have several. */
export type Share = readonly Piece[];
/** The shares of each phase. */
export type Phases = readonly (readonly Share[])[];

/** Name of the function that a program's module exports for a piece of a share of a phase. */
export function pieceExport(phase: number, share: number, piece: number): string {
  return `phase_${phase}_share_${share}_piece_${piece}`;
}

/** The pieces that a module exports. */
export function phasesOf(exports: WebAssembly.Exports): Phases {
  return whileThere((phase) => {
    const shares = whileThere((share) => {
      const pieces = whileThere((piece) => exports[pieceExport(phase, share, piece)] as Piece | undefined);
      return pieces.length > 0 ? pieces : undefined;
    });
    return shares.length > 0 ? shares : undefined;
  });
}

function whileThere<T>(at: (index: number) => T | undefined): T[] {
  const found: T[] = [];
  for (let next = at(0); next !== undefined; next = at(found.length)) found.push(next);
  return found;
}

/** What a thread does in a team, piece by piece: its own share, then those of threads that are away. */
export function piecesOfThread(shares: readonly Share[], thread: number, team: number): Piece[] {
  return shares.filter((_, share) => share % team === thread).flat();
}

/** Does what a thread does of a phase. */
export function doShares(shares: readonly Share[], thread: number, team: number): void {
  for (let share = thread; share < shares.length; share += team) {
    for (const piece of shares[share]!) piece();
  }
}
