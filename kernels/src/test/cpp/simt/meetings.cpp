// Barriers of a block and meetings of a warp.
#include "block.h"

namespace simt {

void Block::enter_barrier(Barrier& barrier, unsigned id, unsigned threads, bool vote, const Where& where) {
  Thread& me = *current;
  me.where = where;
  if (id >= barriers_.size()) fail("a barrier's number must be below 16. Given: %u", id);
  bool all = threads == this->threads();
  if (!all && (threads % 32 != 0 || threads == 0 || threads > this->threads()))
    fail("a barrier's threads must be a multiple of 32 and at most the block's. Given: %u", threads);
  if (id == 0 && alive_ != threads) fail("a thread left while others wait for all threads");
  if (barrier.arrived == 0) {
    barrier.expected = threads;
    for (Where& place : barrier.places) place = {};
  } else if (barrier.expected != threads) {
    fail("barrier %u is waited at for %u and for %u threads", id, barrier.expected, threads);
  }
  Where& place = barrier.places[me.warp];
  if (place.line != 0 && !(place == where))
    fail("warp %u is divided: some lanes are at %s line %u, one at %s line %u", me.warp, place.what, place.line,
         where.what, where.line);
  place = where;
  happens_before(barrier.ordered[barrier.generation & 1]);
  barrier.votes.any |= vote;
  barrier.votes.all &= vote;
  barrier.votes.count += vote;
  ++barrier.arrived;
}

bool Block::complete(Barrier& barrier) {
  if (barrier.arrived != barrier.expected) return false;
  barrier.arrived = 0;
  barrier.results[barrier.generation & 1] = barrier.votes;
  barrier.votes = {};
  ++barrier.generation;
  return true;
}

// Two sets of results and two marks of order, in turns: who is late leaving one generation must see neither the votes
// nor the order of the next. Nobody can be two ahead.
Votes Block::barrier(unsigned id, unsigned threads, bool vote, const Where& where) {
  Barrier& barrier = barriers_[id % barriers_.size()];
  enter_barrier(barrier, id, threads, vote, where);
  uint64_t generation = barrier.generation;
  if (!complete(barrier)) wait(&barrier.generation, ~uint64_t{0}, generation, where);
  happens_after(barrier.ordered[generation & 1]);
  return barrier.results[generation & 1];
}

void Block::arrive(unsigned id, unsigned threads, const Where& where) {
  Barrier& barrier = barriers_[id % barriers_.size()];
  enter_barrier(barrier, id, threads, false, where);
  complete(barrier);
  pause();
}

Block::Meeting& Block::meeting(unsigned warp, uint32_t mask) {
  for (auto& known : meetings_[warp])
    if (known->mask == mask) return *known;
  Unwatched unwatched;
  meetings_[warp].push_back(std::make_unique<Meeting>());
  meetings_[warp].back()->mask = mask;
  return *meetings_[warp].back();
}

const Payload* Block::meet(uint32_t mask, const Payload& mine, const Where& where) {
  Thread& me = *current;
  me.where = where;
  uint32_t bit = 1u << me.lane;
  if ((mask & bit) == 0) fail("lane %u calls %s with a mask that it is not in: %08x", me.lane, where.what, mask);
  if ((mask & ~lanes_[me.warp]) != 0)
    fail("the mask %08x of %s names lanes that have left or never were: %08x", mask, where.what,
         mask & ~lanes_[me.warp]);
  Meeting& meeting = this->meeting(me.warp, mask);
  if (meeting.arrived == 0) meeting.where = where;
  if (!(meeting.where == where))
    fail("warp %u is divided: some lanes are at %s line %u, one at %s line %u", me.warp, meeting.where.what,
         meeting.where.line, where.what, where.line);
  uint64_t generation = meeting.generation;
  meeting.slots[generation & 1][me.lane] = mine;
  happens_before(meeting.ordered[generation & 1]);
  meeting.arrived |= bit;
  if (meeting.arrived == mask) {
    meeting.arrived = 0;
    ++meeting.generation;
  } else {
    wait(&meeting.generation, ~uint64_t{0}, generation, where);
  }
  happens_after(meeting.ordered[generation & 1]);
  return meeting.slots[generation & 1];
}

}  // namespace simt
