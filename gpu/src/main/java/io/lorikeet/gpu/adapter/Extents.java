package io.lorikeet.gpu.adapter;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntPredicate;

/**
 * Which bytes of one stretch of memory belong to which slot, as bookkeeping. A piece is the first
 * gap that is large enough; where only all gaps together are, pieces can be moved together.
 */
final class Extents {
  /** A piece goes from one place to another one before it; the two may overlap. */
  record Move(int slot, long from, long to, long bytes) {}

  private record Piece(int slot, long at, long bytes) {
    long end() {
      return at + bytes;
    }
  }

  private final long bytes;
  private final List<Piece> pieces = new ArrayList<>(); // by place

  Extents(long bytes) {
    this.bytes = bytes;
  }

  /** Bytes that belong to nobody. */
  long freeBytes() {
    return bytes - pieces.stream().mapToLong(Piece::bytes).sum();
  }

  /** Where the piece of a slot begins. */
  long at(int slot) {
    return pieces.get(index(slot)).at;
  }

  /**
   * Gives a slot a piece; empty when no gap is large enough.
   *
   * @throws IllegalStateException the slot has one
   */
  OptionalLong take(int slot, long size) {
    if (pieces.stream().anyMatch(piece -> piece.slot == slot)) {
      throw new IllegalStateException("slot " + slot + " has a piece of memory");
    }
    long end = 0;
    for (int i = 0; i <= pieces.size(); i++) {
      long next = i < pieces.size() ? pieces.get(i).at : bytes;
      if (next - end >= size) {
        pieces.add(i, new Piece(slot, end, size));
        return OptionalLong.of(end);
      }
      end = i < pieces.size() ? pieces.get(i).end() : bytes;
    }
    return OptionalLong.empty();
  }

  /** The piece of a slot is free again. */
  void give(int slot) {
    pieces.remove(index(slot));
  }

  /**
   * Moves pieces to the front, as far as others let them. The moves must be carried out in their
   * order.
   *
   * @param movable whether the piece of a slot may be moved
   */
  List<Move> compact(IntPredicate movable) {
    List<Move> moves = new ArrayList<>();
    long end = 0;
    for (int i = 0; i < pieces.size(); i++) {
      Piece piece = pieces.get(i);
      if (!movable.test(piece.slot)) {
        end = piece.at;
      } else if (piece.at != end) {
        moves.add(new Move(piece.slot, piece.at, end, piece.bytes));
        pieces.set(i, new Piece(piece.slot, end, piece.bytes));
      }
      end += piece.bytes;
    }
    return moves;
  }

  private int index(int slot) {
    for (int i = 0; i < pieces.size(); i++) {
      if (pieces.get(i).slot == slot) {
        return i;
      }
    }
    throw new IllegalStateException("slot " + slot + " has no piece of memory");
  }
}
