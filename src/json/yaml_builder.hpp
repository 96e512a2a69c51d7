// Builds documents from yaml-cpp's events. Not its Node tree: that one recurses without bounds when
// it is walked and lets a key be given twice. Part of yaml.cpp; one call, one thread.
#pragma once

#include "json/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <string>
#include <unordered_map>
#include <vector>

namespace reeve::json {

/// How a builder leaves yaml-cpp's parser, which has no other way out; never leaves parse_yaml.
struct YamlRefused {
  Error error;
};

class YamlBuilder : public YAML::EventHandler {
 public:
  explicit YamlBuilder(const Limits& limits) : limits_(limits) {}

  void end_document();
  std::vector<Document> take() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  /// A value with its mark, and what it costs where an alias repeats it.
  struct Part {
    Value value;
    Mark mark;
    std::size_t nodes = 1;
    std::size_t bytes = 0;
    std::size_t height = 0;  // levels of arrays and objects
  };
  struct Open {
    Part part;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    std::string key;
  };

  void count(const YAML::Mark& mark, std::size_t nodes, std::size_t bytes);
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Value empty,
            std::string_view own_tag);
  void close();
  void add(Part part, const YAML::Mark& at);
  void add_key(const Part& part, const YAML::Mark& at);
  void remember(YAML::anchor_t anchor, const Part& part);
  [[noreturn]] void refuse(const YAML::Mark& mark, std::string message) const;
  std::string pointer() const;

  Limits limits_;
  std::vector<Document> documents_;
  Part root_;
  bool has_root_ = false;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Part> anchors_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  YAML::Mark last_;
};

}  // namespace reeve::json
