// What tests tell the fake driver.
#pragma once
#include <string>

#include "world.h"

namespace fake {

/// Reads a list `name=value,...` into `settings`; empty, or which item is wrong.
std::string read_settings(const std::string& list, Settings& settings);

}  // namespace fake
