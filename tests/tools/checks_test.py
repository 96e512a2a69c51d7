#!/usr/bin/env python3
"""The checkers find what they are for, and let good code be."""

import importlib.util
import sys
import unittest
from importlib.machinery import SourceFileLoader
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOOLS))


def load(tool):
    loader = SourceFileLoader(tool.replace("-", "_"), str(TOOLS / tool))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


coroutines = load("check-coroutines")
layers = load("check-layers")
docs = load("check-docs")
words = load("check-words")


class Coroutines(unittest.TestCase):
    def good(self, body, **kinds):
        self.assertEqual(coroutines.faults_of(body, **kinds), [])

    def bad(self, body, reason, **kinds):
        found = coroutines.faults_of(body, **kinds)
        self.assertEqual(len(found), 1, found)
        self.assertIn(reason, found[0][1])

    def test_named_locals_and_plain_waits_are_good(self):
        for statement in ("co_await f();", "auto x = co_await f(a, b);", "x = co_await f();",
                          "x.y->z = co_await f();", "const auto& x = co_await f();",
                          "Result<std::vector<int>> x = co_await f();", "co_return co_await f();",
                          "if (ready) co_await f();", "else co_await f();",
                          "while (auto s = co_await next()) use(s);",
                          "for (auto& each : all) co_await each.stop();",
                          'CO_TRY(co_await f(), "doing {}", x);',
                          "CO_TRY_ASSIGN(auto x, co_await f());",
                          "CO_TRY_ASSIGN(Map<int, int> x, co_await f());",
                          "while (!queue.empty()) CO_TRY(co_await f());",
                          "for (int i = 0; i < 3; ++i) CO_TRY(co_await f(i));",
                          "if (a) b(); else if (c(d)) x = co_await f();",
                          "case Kind::one: co_await f();", "(void)co_await f();"):
            with self.subTest(statement):
                self.good("Task<> g() { " + statement + " }")
                self.good("Task<> g() {\n  first();\n  " + statement + "\n  last();\n}")

    def test_comments_and_strings_are_no_code(self):
        self.good('Task<> g() { f("c ? co_await a() : b"); /* h(co_await x) */ }')

    def test_a_lambda_without_captures_may_be_a_coroutine(self):
        self.good("auto f = [](int x) -> Task<> { co_await g(x); };")

    def test_larger_expressions_are_faults(self):
        for statement in ("f(co_await g());", "auto x = !co_await g();", "return (co_await g()).v;",
                          "auto x = c ? co_await a() : b;", "if (co_await g()) h();",
                          "while (!co_await g()) h();", "if (x == co_await g()) h();",
                          "auto x = a && co_await b();", "auto x = 1 + co_await b();"):
            with self.subTest(statement):
                self.bad("Task<> g() { " + statement + " }", "larger expression")

    def test_what_follows_counts_too(self):
        self.bad("Task<> g() { auto x = co_await a() && b(); }", "beside")
        self.bad("Task<> g() { auto x = co_await a() ? b : c; }", "beside")

    def test_two_waits_in_one_statement_are_named_at_each(self):
        found = coroutines.faults_of("Task<> g() { auto x = co_await a() + co_await b(); }")
        self.assertEqual([words for _, words in found], ["two co_await in one statement"] * 2)

    def test_braces_switch_and_bindings_are_faults(self):
        self.bad("Task<> g() { auto x = Pair{co_await a(), 1}; }", "inside braces")
        self.bad("Task<> g() { switch (co_await a()) { default: break; } }", "switch")
        self.bad("Task<> g() { auto [a, b] = co_await f(); }", "structured binding")

    def test_capturing_lambdas_and_references_are_faults(self):
        self.bad("auto f = [this](int x) -> Task<> { co_await g(x); };", "capturing lambda")
        self.bad("Task<> g(const std::string& name);", "by value")
        self.bad("Task<Result<int>> Room::g(Name&& name) {}", "by value")
        self.bad("Task<> g(Session& session);", "by value")
        self.good("Task<> g(async::Loop& loop, int x);")

    def test_tests_may_hand_in_what_they_own_but_no_temporary(self):
        self.good("Task<> g(Loop& loop, int& beats) {}", is_test=True)
        self.bad("Task<> g(const Name& name) {}", "by value", is_test=True)


TABLE = """
| room | layer | may use | what it is |
| --- | --- | --- | --- |
| `base` | 0 | | errors |
| `sys` | 1 | `base` | the machine |
| `json` | 1 | `base` | the codec |
| `async` | 2 | `base` `sys` | loops |
| `main.cpp` | 3 | `async` | the start |
"""


class Layers(unittest.TestCase):
    rooms = layers.rooms_of(TABLE)

    def faults(self, path, text):
        return layers.include_faults(path, text, self.rooms)

    def test_the_table_is_read(self):
        self.assertEqual(self.rooms["async"], (2, {"base", "sys"}))

    def test_downward_is_good(self):
        self.assertEqual(self.faults("src/async/a.cpp", '#include "base/error.hpp"\n'), [])
        self.assertEqual(self.faults("src/main.cpp", '#include "async/loop.hpp"\n'), [])

    def test_upward_sibling_and_unlisted_are_faults(self):
        self.assertTrue(self.faults("src/base/a.cpp", '#include "sys/clock.hpp"\n'))
        self.assertTrue(self.faults("src/json/a.cpp", '#include "sys/clock.hpp"\n'))
        self.assertTrue(self.faults("src/async/a.cpp", '#include "json/codec.hpp"\n'))

    def test_tests_may_use_what_is_below_and_fakes(self):
        text = '#include "json/testing/fake.hpp"\n'
        self.assertEqual(self.faults("src/async/a_test.cpp", text), [])
        self.assertTrue(self.faults("src/async/a.cpp", '#include "sys/testing/fake.hpp"\n'))

    def test_a_room_without_a_row_is_a_fault(self):
        self.assertTrue(self.faults("src/attic/a.cpp", ""))

    def test_libraries_and_clocks_are_confined(self):
        self.assertTrue(layers.confined_faults("src/json/a.cpp", "#include <boost/asio/post.hpp>\n"))
        self.assertFalse(layers.confined_faults("src/net/a.cpp", "#include <openssl/ssl.h>\n"))
        api = '#include "manager/api/types.hpp"\n'
        self.assertTrue(layers.confined_faults("src/manager/editor.cpp", api))
        self.assertFalse(layers.confined_faults("src/manager/manager.cpp", api))
        self.assertTrue(layers.confined_faults("src/net/a.cpp", "auto t = steady_clock::now();"))
        self.assertFalse(layers.confined_faults("src/net/a.cpp", "// steady_clock::now()\n"))

    def test_use_goes_downwards_in_the_table_and_in_cmake(self):
        upward = layers.rooms_of(TABLE.replace("| `base` | 0 | |", "| `base` | 0 | `sys` |"))
        self.assertTrue(layers.table_faults(upward, ""))
        self.assertFalse(layers.table_faults(self.rooms, "reeve_room(async DEPENDS base TEST_DEPENDS x)"))
        self.assertTrue(layers.table_faults(self.rooms, "reeve_room(async DEPENDS json)"))


class Documents(unittest.TestCase):
    def test_dead_paths_are_found_and_patterns_left_alone(self):
        text = "`src/base/error.hpp`, `src/base/gone.hpp`, `src/*/x.hpp`, `/etc/x`, `base/gone.hpp`"
        self.assertEqual([path for _, path in docs.dead_paths(text, docs.source.TOP)],
                         ["src/base/gone.hpp", "base/gone.hpp"])

    def test_a_test_that_is_not_there_is_found(self):
        text = "`net/x_test.cpp`: `does_what_it_says`, `does_no_such_thing`\n`some_other_word` alone"
        self.assertEqual(list(docs.unknown_tests(text, "TEST(X, does_what_it_says) {")),
                         [(1, "does_no_such_thing")])


class Words(unittest.TestCase):
    def test_unfinished_business_and_machine_paths_are_found(self):
        for text in ("// TO" + "DO: later", "FIX" + "ME", "see /wo" + "rk/x", "iss" + "ue 12"):
            self.assertEqual(len(words.faults_of(text)), 1, text)
        self.assertEqual(words.faults_of("an ordinary sentence about issues"), [])


if __name__ == "__main__":
    unittest.main()
