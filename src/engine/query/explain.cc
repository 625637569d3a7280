// The plan of a query as text: stages, and per segment what would run and how many rows it sees.
#include <string>
#include <vector>

#include "engine/query/execute.h"
#include "engine/query/filter_eval.h"
#include "engine/query/filter_node.h"
#include "engine/query/sub_query.h"

namespace layer::engine::query {
namespace {

using Node = BoundFilter::Node;

class Text {
 public:
  void line(std::size_t depth, const std::string& text) {
    text_.append(depth * 2, ' ');
    text_ += text;
    text_ += '\n';
  }
  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string rows(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " row" : " rows");
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kAnd:
      return "And";
    case Node::Kind::kOr:
      return "Or";
    case Node::Kind::kNot:
      return "Not";
    case Node::Kind::kLeaf:
      break;
  }
  return node.attribute + " " + std::string(name(node.op));
}

void explain_filter(const Node& node, const segment::Segment& segment, std::size_t depth,
                    Text& text) {
  text.line(depth, describe(node) + ": about " + rows(estimate(node, segment)));
  for (const Node& child : node.children) {
    explain_filter(child, segment, depth + 1, text);
  }
}

std::string title(std::uint32_t index, const SegmentView& view) {
  return "segment " + std::to_string(index) +
         (view.persisted ? " (file " + std::to_string(view.number) + ")" : " (recent writes)") +
         ": " + rows(view.segment->size()) + ", " + std::to_string(view.deleted->count()) +
         " deleted";
}

Result<void> explain_sub_query(const Snapshot& snapshot, SubQuery& sub, std::size_t depth,
                               Text& text) {
  QueryContext& context = sub.context();
  const std::size_t wanted = sub.offset() + sub.limit();
  text.line(depth, sub.aggregates() ? std::string("aggregate")
                                    : "rank, then return " + rows(sub.limit()) + " from offset " +
                                          std::to_string(sub.offset()));
  for (std::uint32_t s = 0; s < context.segments(); ++s) {
    const SegmentView& view = snapshot.segments[s];
    text.line(depth + 1, title(s, view));
    if (sub.filter()) {
      explain_filter(sub.filter()->root(), *view.segment, depth + 2, text);
      LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
      text.line(depth + 2, "filter passes " + rows(allowed->count()));
    }
    if (sub.aggregates()) {
      LAYER_ASSIGN(const DocSet* allowed, context.allowed(s));
      text.line(depth + 2, "aggregate " + rows(allowed->count()));
      continue;
    }
    LAYER_ASSIGN(const std::string plan, sub.ranking().plan(context, s, wanted));
    text.line(depth + 2, plan);
  }
  return {};
}

}  // namespace

Result<std::string> explain(const Snapshot& snapshot, const wire::Query& query) {
  std::vector<SubQuery> bound;
  for (const wire::SubQuery& sub : query.queries) {
    LAYER_ASSIGN(SubQuery one, SubQuery::bind(snapshot, sub));
    bound.push_back(std::move(one));
  }
  Text text;
  text.line(0, "snapshot " + std::to_string(snapshot.version) + ": " + rows(snapshot.documents()) +
                   " in " + std::to_string(snapshot.segments.size()) + " segments");
  for (std::size_t i = 0; i < bound.size(); ++i) {
    if (query.multi) {
      text.line(0, "sub-query " + std::to_string(i + 1));
    }
    LAYER_TRY(explain_sub_query(snapshot, bound[i], query.multi ? 1 : 0, text));
  }
  if (query.rerank_by) {
    text.line(0, "reciprocal rank fusion of " + std::to_string(bound.size()) + " rankings");
  }
  return std::move(text).take();
}

}  // namespace layer::engine::query
