#include "json/patch.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace reeve::json {
namespace {

// A value without nulls, which no merge patch can put into an object.
rc::Gen<Value> any_value(int depth) {
  namespace gen = rc::gen;
  auto scalar = gen::oneOf(gen::map(gen::inRange(0, 3), [](int n) { return Value(n); }),
                           gen::map(gen::arbitrary<bool>(), [](bool b) { return Value(b); }),
                           gen::just(Value("text")));
  if (depth == 0) return scalar;
  auto inner = any_value(depth - 1);
  auto key = gen::element<std::string>("a", "b", "c/~", "");
  auto array = gen::map(
      gen::resize(3, gen::container<std::vector<Value>>(inner)),
      [](const std::vector<Value>& items) { return Value(Array(items.begin(), items.end())); });
  auto object = gen::map(gen::resize(4, gen::container<std::map<std::string, Value>>(key, inner)),
                         [](const std::map<std::string, Value>& members) {
                           Object object_of;
                           for (const auto& [name, value] : members) object_of[name] = value;
                           return Value(object_of);
                         });
  return gen::oneOf(scalar, array, object, object);
}

TEST(MergePatch, follows_the_examples_of_the_rfc) {
  struct Case {
    std::string_view target, patch, result;
  };
  const Case cases[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {"[1,2]", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const Case& test : cases)
    EXPECT_EQ(merge_patch(*parse(test.target), *parse(test.patch)), *parse(test.result))
        << test.target << " + " << test.patch;
}

TEST(Diff, says_only_what_changed) {
  EXPECT_EQ(diff(*parse(R"({"a":1,"b":{"c":2,"d":3},"e":4})"),
                 *parse(R"({"a":1,"b":{"c":2,"d":5},"f":[null]})")),
            *parse(R"({"e":null,"b":{"d":5},"f":[null]})"));
}

RC_GTEST_PROP(Diff, is_the_patch_that_leads_from_one_to_the_other, ()) {
  Value before = *any_value(3);
  Value after = *any_value(3);

  RC_ASSERT(merge_patch(before, diff(before, after)) == after);
}

RC_GTEST_PROP(Diff, of_equals_is_empty, ()) {
  Value value = Object{{"x", *any_value(3)}};

  RC_ASSERT(diff(value, value) == Value(Object()));
}

TEST(RestoreSecrets, puts_back_what_was_shown_as_its_fingerprint) {
  auto hash = [](std::string_view secret) { return "f-" + std::string(secret); };
  Value incoming = *parse(R"({"a":{"fingerprint":"f-x"},"b":{"fingerprint":"f-old"},
                              "c":[{"d":{"fingerprint":"f-z"}}],"e":"new"})");

  restore_secrets(incoming, *parse(R"({"a":"x","b":"y","c":[{"d":"z"}],"e":"w"})"), hash);

  EXPECT_EQ(incoming, *parse(R"({"a":"x","b":{"fingerprint":"f-old"},"c":[{"d":"z"}],"e":"new"})"));
}

}  // namespace
}  // namespace reeve::json
