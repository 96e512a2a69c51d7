// The promises of store.hpp as a test suite, for every engine:
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, ::testing::Values(Engine{"memory", …}),
//                            StoreConformance::name_of);
// and so the two others. Owned by a test; one thread.
#pragma once

#include "store/testing/drive.hpp"
#include "sys/testing/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <initializer_list>
#include <memory>

namespace reeve::store::testing {

struct Engine {
  std::string name;
  /// An empty store, or what is left of the one that had this folder before.
  std::function<std::unique_ptr<Store>(async::Loop&, std::filesystem::path folder)> make;
};

class StoreConformance : public ::testing::TestWithParam<Engine> {
 public:
  /// Not inline: whoever instantiates the suite must link the file that holds its tests.
  static std::string name_of(const ::testing::TestParamInfo<Engine>& engine);

 protected:
  void SetUp() override;
  void TearDown() override;

  template <class T>
  T await(Task<T> task) {
    return testing::await(loop, std::move(task));
  }
  Result<Revision> commit(std::vector<Guard> guards, std::vector<Write> writes);
  Result<Revision> commit(std::vector<Write> writes) { return commit({}, std::move(writes)); }
  /// The key's value; "(none)" without.
  std::string value(std::string key);
  std::optional<Entry> entry(std::string key);
  Listing list(std::string prefix = "");
  void hear(const std::function<bool()>& enough) { run_until(loop, enough); }

  sys::testing::TempFolder folder;
  VirtualLoop loop;
  std::unique_ptr<Store> store;
};

class LeaseConformance : public StoreConformance {
 public:
  static std::string name_of(const ::testing::TestParamInfo<Engine>& engine);
};

/// The promises to readers that list again when they must: also for stores that drop watches.
class ReaderConformance : public StoreConformance {
 public:
  static std::string name_of(const ::testing::TestParamInfo<Engine>& engine);
};

}  // namespace reeve::store::testing
