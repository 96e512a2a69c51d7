#include "discover/publish/formats.hpp"

#include <gtest/gtest.h>

namespace reeve::discover {
namespace {

model::ListedInstance instance(std::string_view ip, std::uint16_t port) {
  model::ListedInstance made;
  made.ip = *IpAddress::parse(ip);
  made.port = port;
  return made;
}

model::ServiceList pay() {
  model::ServiceList list;
  list.service = "pay";
  list.uid = "u1";
  list.cluster = "c1";
  list.epoch = 1;
  list.version = 42;
  list.revision = 7;
  list.description = "takes \"money\"";
  list.instances = {instance("10.0.0.1", 8820), instance("2001:db8::1", 80)};
  list.instances[1].status = model::Status::offline;
  list.instances[1].weight = 0;
  list.instances[1].labels = {{"zone", "a"}};
  list.instances[1].ports = {{"admin", 81}};
  list.instances[1].health = model::Health::passing;
  return list;
}

TEST(Formats, swoole_has_exactly_the_four_keys_of_the_old_clients) {
  EXPECT_EQ(render(pay(), model::Format::swoole),
            R"([{"ip":"10.0.0.1","port":8820,"status":"online","weight":100},)"
            R"({"ip":"2001:db8::1","port":80,"status":"offline","weight":0}])");
}

TEST(Formats, swoole_of_no_instance_is_an_empty_array) {
  EXPECT_EQ(render({}, model::Format::swoole), "[]");
}

TEST(Formats, json_has_every_field_an_app_may_want) {
  EXPECT_EQ(render(pay(), model::Format::json),
            R"({"service":"pay","revision":7,"version":42,"description":"takes \"money\"",)"
            R"("instances":[{"ip":"10.0.0.1","port":8820,"status":"online","weight":100,)"
            R"("labels":{},"ports":{},"health":"unknown"},)"
            R"({"ip":"2001:db8::1","port":80,"status":"offline","weight":0,)"
            R"("labels":{"zone":"a"},"ports":{"admin":81},"health":"passing"}]})");
}

TEST(Formats, what_a_newer_manager_says_of_an_instance_reaches_apps_in_json_alone) {
  auto list = pay();
  list.instances.resize(1);
  list.instances[0].unknown["drained"] = true;
  EXPECT_NE(render(list, model::Format::json).find(R"("health":"unknown","drained":true}])"),
            std::string::npos);
  EXPECT_EQ(render(list, model::Format::swoole).find("drained"), std::string::npos);
}

}  // namespace
}  // namespace reeve::discover
