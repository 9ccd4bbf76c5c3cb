// Barriers of a block: __syncthreads and its votes, and the numbered ones.
#pragma once
#include "block.h"
#include "warp.h"

inline void __syncthreads(SIMT_HERE) {
  simt::block().barrier(0, simt::block().threads(), false, {"__syncthreads", at});
}
inline int __syncthreads_or(int vote, SIMT_HERE) {
  return simt::block().barrier(0, simt::block().threads(), vote != 0, {"__syncthreads_or", at}).any;
}
inline int __syncthreads_and(int vote, SIMT_HERE) {
  return simt::block().barrier(0, simt::block().threads(), vote != 0, {"__syncthreads_and", at}).all;
}
inline int __syncthreads_count(int vote, SIMT_HERE) {
  return simt::block().barrier(0, simt::block().threads(), vote != 0, {"__syncthreads_count", at}).count;
}

namespace device {

inline void barrier_sync(unsigned id, unsigned threads, SIMT_HERE) {
  simt::block().barrier(id, threads, false, {"barrier_sync", at});
}
inline void barrier_arrive(unsigned id, unsigned threads, SIMT_HERE) {
  simt::block().arrive(id, threads, {"barrier_arrive", at});
}

}  // namespace device
