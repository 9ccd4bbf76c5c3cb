// Cases of the emulator itself: what warps and blocks do together, and what it must refuse.
#include <atomic>

#include "trial.h"

namespace {

/// Empty if the launch fails for this reason.
template <class Body>
std::string fails(const simt::Shape& shape, const std::string& reason, Body body) {
  simt::Outcome outcome = simt::launch(shape, body);
  if (outcome.failure.find(reason) != std::string::npos) return "";
  return outcome.failure.empty() ? "nothing was refused" : "refused for another reason: " + outcome.failure;
}

std::string warp_case() {
  std::atomic<int> wrong{0};
  auto expect = [&](bool holds) { wrong += !holds; };
  simt::Outcome outcome = simt::launch({1, 64}, [&] {
    const int lane = static_cast<int>(threadIdx.x) % 32, all = ~0;
    const auto mask = static_cast<unsigned>(all);
    expect(__shfl_sync(mask, lane * 3, 5) == 15);
    expect(__shfl_sync(mask, lane, 3, 8) == lane / 8 * 8 + 3);
    expect(__shfl_xor_sync(mask, lane, 1) == (lane ^ 1));
    expect(__shfl_xor_sync(mask, lane, 16, 16) == (lane < 16 ? lane : lane - 16));
    expect(__shfl_down_sync(mask, lane, 4) == (lane < 28 ? lane + 4 : lane));
    expect(__shfl_down_sync(mask, lane, 1, 4) == (lane % 4 < 3 ? lane + 1 : lane));
    expect(__shfl_up_sync(mask, lane, 4) == (lane >= 4 ? lane - 4 : lane));
    expect(__shfl_sync(mask, lane * 0.5, 9) == 4.5);
    expect(__ballot_sync(mask, lane % 2) == 0xaaaaaaaau);
    expect(__any_sync(mask, lane == 31) == 1 && __any_sync(mask, 0) == 0);
    expect(__all_sync(mask, 1) == 1 && __all_sync(mask, lane < 31) == 0);
    expect(__reduce_add_sync(mask, static_cast<unsigned>(lane)) == 496);
    expect(__reduce_max_sync(mask, lane) == 31 && __reduce_min_sync(mask, lane - 7) == -7);
    expect(device::warp_sum(static_cast<float>(lane)) == 496);
    if (lane < 16) {
      expect(__ballot_sync(0xffffu, 1) == 0xffffu);
      expect(__shfl_xor_sync(0xffffu, lane, 8) == (lane ^ 8));
    }
    __syncwarp();
  });
  if (!outcome.failure.empty()) return outcome.failure;
  return wrong == 0 ? "" : std::to_string(wrong) + " lanes got something else";
}

std::string block_case() {
  std::atomic<int> wrong{0};
  auto expect = [&](bool holds) { wrong += !holds; };
  simt::Outcome outcome = simt::launch({{2, 1, 2}, {8, 4, 4}}, [&] {
    const int thread = static_cast<int>(threadIdx.x + 8 * (threadIdx.y + 4 * threadIdx.z));
    for (int round = 0; round < 3; ++round) {
      expect(__syncthreads_count(thread < 40 + round) == 40 + round);
      expect(__syncthreads_or(thread == 127 - round) == 1 && __syncthreads_or(0) == 0);
      expect(__syncthreads_and(thread != round) == 0 && __syncthreads_and(1) == 1);
    }
    SHARED_ARRAY(int, box, 64);
    if (thread < 64) {  // two warps give values to the two others, twice, through one box
      for (int round = 0; round < 2; ++round) {
        if (round > 0) device::barrier_sync(2, 128);
        box[thread] = thread + 100 * round;
        device::barrier_arrive(1, 128);
      }
    } else {
      for (int round = 0; round < 2; ++round) {
        device::barrier_sync(1, 128);
        expect(box[127 - thread] == 127 - thread + 100 * round);
        if (round == 0) device::barrier_arrive(2, 128);
      }
    }
  });
  if (!outcome.failure.empty()) return outcome.failure;
  return wrong == 0 ? "" : std::to_string(wrong) + " threads got something else";
}

std::string blocks_case() {  // a block that waits for another, both ways
  Array<unsigned> flags(2);
  flags.zero();
  Array<float> values(2), seen(2);
  simt::Outcome outcome = simt::launch({2, 32, 0, 1024, true}, [&] {
    const unsigned mine = blockIdx.x, other = 1 - mine;
    if (threadIdx.x != 0) return;
    values[mine] = static_cast<float>(mine) + 1;
    device::store_release(&flags[mine], 1);
    while (device::load_acquire(&flags[other]) == 0) __nanosleep(20);
    seen[mine] = values[other];
  });
  if (!outcome.failure.empty()) return outcome.failure;
  return seen[0] == 2 && seen[1] == 1 ? "" : "a block did not see what the other wrote before its flag";
}

std::string halves_case() {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    auto h = device::fp16{static_cast<uint16_t>(bits)};
    auto b = device::bf16{static_cast<uint16_t>(bits)};
    float value = device::to_float(h);
    if (std::isnan(value)) {
      if (device::from_float<device::fp16>(value).bits != 0x7fff) return "an fp16 NaN is lost";
    } else if (device::from_float<device::fp16>(value).bits != bits) {
      return "fp16 " + std::to_string(bits) + " does not come back";
    }
    value = device::to_float(b);
    if (!std::isnan(value) && device::from_float<device::bf16>(value).bits != bits)
      return "bf16 " + std::to_string(bits) + " does not come back";
  }
  struct {
    float value;
    unsigned fp16, bf16;
  } known[] = {{65504, 0x7bff, 0x4780}, {65519.996f, 0x7bff, 0x4780}, {65520, 0x7c00, 0x4780},  {0x1p-25f, 0, 0x3300},
               {0x1.8p-24f, 2, 0x33c0}, {0x1.002p0f, 0x3c00, 0x3f80}, {0x1.006p0f, 0x3c02, 0x3f80},
               {-1.00390625f, 0xbc04, 0xbf80}, {1.01171875f, 0x3c0c, 0x3f82}};
  for (auto& k : known) {
    if (device::from_float<device::fp16>(k.value).bits != k.fp16) return "fp16 of " + std::to_string(k.value);
    if (device::from_float<device::bf16>(k.value).bits != k.bf16) return "bf16 of " + std::to_string(k.value);
  }
  return "";
}

std::string left_early() {
  return fails({1, 64}, "a thread left while others wait", [] {
    if (threadIdx.x == 5) return;
    __syncthreads();
  });
}

std::string divided_warp() {
  return fails({1, 64}, "warp 1 is divided", [] {
    if (threadIdx.x < 48) __syncthreads();
    else __syncthreads();
  });
}

std::string foreign_mask() {
  return fails({1, 32}, "a mask that it is not in", [] { __shfl_sync(1u, 1, 0); });
}

std::string short_warp() {
  return fails({1, 40}, "lanes that have left or never were", [] { __syncwarp(); });
}

std::string deadlock() {
  return fails({1, 64}, "deadlock", [] {
    if (threadIdx.x < 32) device::barrier_sync(1, 64);
    else device::barrier_sync(2, 64);
  });
}

std::string endless_spin() {
  Array<unsigned> flag(1);
  flag.zero();
  simt::configure("spins=1000");
  std::string verdict = fails({1, 1}, "spun 1001 times", [&] {
    while (device::load_acquire(flag.get()) == 0) __nanosleep(1);
  });
  simt::configure("spins=50000000");
  return verdict;
}

std::string static_shared() {
  std::string over = fails({1, 1}, "take 49156 bytes, limit 49152", [] {
    SHARED_ARRAY(char, most, 49152);
    SHARED_VALUE(int, more);
    most[0] = 1;
    more = 1;
  });
  if (!over.empty()) return over;
  return simt::launch({1, 1}, [] {
           SHARED_ARRAY(char, most, 49152);
           most[49151] = 1;
         }).failure;
}

std::string dynamic_shared() {
  simt::configure("arch=86");
  std::string over = fails({1, 1, 101377}, "at most 101376 bytes on sm_86", [] {});
  std::string exact = simt::launch({1, 1, 101376}, [] {}).failure;
  simt::configure("arch=90");
  return over.empty() ? exact : over;
}

std::string launch_bounds() {
  std::string over = fails({1, 129, 0, 128}, "launch bounds allow 128 threads. Given: 129", [] {});
  std::string block = fails({1, 1025}, "at most 1024 threads", [] {});
  return over.empty() ? block.empty() ? simt::launch({1, 1024}, [] {}).failure : block : over;
}

std::string unwaited_copy() {
  Array<float> source(4);
  return fails({1, 1}, "cp.async was still under way", [&] {
    SHARED_ARRAY(float4, target, 1);
    device::copy_async16(target, source.get());
  });
}

std::string unaligned_copy() {
  Array<float> source(5);
  return fails({1, 1}, "not a multiple of 16", [&] {
    SHARED_ARRAY(float4, target, 1);
    device::copy_async16(target, source.get() + 1);
  });
}

std::string raw_mbarrier() {
  return fails({1, 1}, "before it was initialised", [] {
    SHARED_VALUE(device::Mbarrier, barrier);
    device::mbarrier_arrive(&barrier);
  });
}

std::string crowded_mbarrier() {
  return fails({1, 1}, "more arrivals than this phase waits for", [] {
    SHARED_VALUE(device::Mbarrier, barrier);
    device::mbarrier_init(&barrier, 1);
    device::mbarrier_arrive_expect(&barrier, 16);
    device::mbarrier_arrive(&barrier);
  });
}

std::string wgmma_elsewhere() {
  simt::configure("arch=80");
  std::string verdict = fails({1, 128, 1024}, "wgmma needs sm_90a", [] {
    float sums[32] = {};
    device::wgmma_fence();
    device::multiply_64xNx16<device::bf16, 64>(sums, 0, 0);
  });
  simt::configure("arch=90");
  return verdict;
}

std::string unfenced_wgmma() {
  return fails({1, 128, 1024}, "without wgmma_fence", [] {
    float sums[32] = {};
    device::multiply_64xNx16<device::bf16, 64>(sums, 0, 0);
  });
}

std::string illegal_address() {
#if defined(__SANITIZE_ADDRESS__) || SIMT_RACES
  return "";  // these checkers keep the signal for themselves
#else
  auto freed = simt::Guarded::take(64, true);
  freed.forbid();
  return fails({1, 1}, "illegal address", [&] { freed.start[0] = 1; });
#endif
}

}  // namespace

const std::vector<Named> CHECKS = {
    {"warps", warp_case},
    {"blocks", block_case},
    {"blocks-that-wait", blocks_case},
    {"halves", halves_case},
    {"left-early", left_early},
    {"divided-warp", divided_warp},
    {"foreign-mask", foreign_mask},
    {"short-warp", short_warp},
    {"deadlock", deadlock},
    {"endless-spin", endless_spin},
    {"static-shared", static_shared},
    {"dynamic-shared", dynamic_shared},
    {"launch-bounds", launch_bounds},
    {"unwaited-copy", unwaited_copy},
    {"unaligned-copy", unaligned_copy},
    {"raw-mbarrier", raw_mbarrier},
    {"crowded-mbarrier", crowded_mbarrier},
    {"wgmma-elsewhere", wgmma_elsewhere},
    {"unfenced-wgmma", unfenced_wgmma},
    {"illegal-address", illegal_address},
};
