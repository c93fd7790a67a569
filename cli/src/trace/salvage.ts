/**
 * What can be read of a damaged or cut trace: it was compressed in pieces that each end with a full flush, the bytes 00 00 ff ff, and
 * whose first line and last line are whole.
 */

import { constants, inflateRawSync } from 'node:zlib';

const headerBytes = 10;
const flushMarker = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** The marker also occurs by chance within a piece: so many are passed over before one is given up. */
const maxFalseMarkers = 3;
const maxPieceBytes = 32 * 1024 ** 2;
/** A recording of a minute has some 6,000. */
const maxPieces = 50_000;

export interface Piece {
  bytes: number;
  /** undefined: it could not be read. */
  text: string | undefined;
}

export function* salvagePieces(file: Buffer): Generator<Piece> {
  let at = headerBytes;
  for (let pieces = 0; at < file.length; pieces++) {
    if (pieces === maxPieces) {
      yield { bytes: file.length - at, text: undefined };
      return;
    }
    const piece = pieceAt(file, at);
    yield piece;
    at += piece.bytes;
  }
}

function pieceAt(file: Buffer, at: number): Piece {
  let first = 0;
  let end = at;
  for (let tries = 0; tries <= maxFalseMarkers && end < file.length; tries++) {
    const found = file.indexOf(flushMarker, end);
    end = found < 0 ? file.length : found + flushMarker.length;
    if (first === 0) first = end;
    const text = inflate(file.subarray(at, end));
    if (text !== undefined) return { bytes: end - at, text };
  }
  return { bytes: first - at, text: undefined };
}

function inflate(bytes: Buffer): string | undefined {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxPieceBytes };
    return inflateRawSync(bytes, options).toString('utf8');
  } catch {
    return undefined;
  }
}
