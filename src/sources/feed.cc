#include "sources/feed.h"

#include <expat.h>

#include <fmt/format.h>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "sources/plain_text.h"

namespace layer::sources {
namespace {

// Names come as "namespace|name".
constexpr char kSeparator = '|';

// What an element of an item becomes. RSS and Atom share what they call alike.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kFields = {
    {{"guid", "id"},
     {"id", "id"},
     {"title", "title"},
     {"link", "link"},
     {"pubDate", "published"},
     {"date", "published"},
     {"published", "published"},
     {"updated", "updated"},
     {"author", "author"},
     {"creator", "author"},
     {"category", "categories"},
     {"description", "summary"},
     {"summary", "summary"},
     {"encoded", "content"},
     {"content", "content"}}};
// Namespaces whose elements of these names mean something else.
constexpr std::string_view kMedia = "http://search.yahoo.com/mrss/";

std::string_view attribute(const XML_Char** attributes, std::string_view name) {
  for (; *attributes != nullptr; attributes += 2) {
    if (name == *attributes) {
      return attributes[1];
    }
  }
  return {};
}

class FeedReader {
 public:
  FeedReader() : parser_(XML_ParserCreateNS(nullptr, kSeparator)) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(
        parser_.get(),
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
          static_cast<FeedReader*>(self)->open(name, attributes);
        },
        [](void* self, const XML_Char*) { static_cast<FeedReader*>(self)->close(); });
    XML_SetCharacterDataHandler(parser_.get(), [](void* self, const XML_Char* text, int size) {
      static_cast<FeedReader*>(self)->text(std::string_view(text, static_cast<std::size_t>(size)));
    });
    XML_SetEntityDeclHandler(
        parser_.get(), [](void* self, const XML_Char*, int, const XML_Char*, int, const XML_Char*,
                          const XML_Char*, const XML_Char*, const XML_Char*) {
          static_cast<FeedReader*>(self)->stop("it declares entities");
        });
  }

  Result<std::vector<Record>> read(std::string_view xml) {
    if (xml.size() > kFeedBytesMax) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("the feed has more than {} bytes", kFeedBytesMax));
    }
    const auto status =
        XML_Parse(parser_.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE);
    if (status != XML_STATUS_OK && !enough_) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("the feed cannot be read: {}, line {}",
                              why_.empty() ? XML_ErrorString(XML_GetErrorCode(parser_.get()))
                                           : why_.c_str(),
                              XML_GetCurrentLineNumber(parser_.get())));
    }
    if (!is_feed_) {
      return fail(ErrorCode::kInvalidArgument, "this is no RSS and no Atom feed");
    }
    return std::move(items_);
  }

 private:
  void stop(std::string why) {
    why_ = std::move(why);
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  void open(std::string_view full, const XML_Char** attributes) {
    const std::size_t at = full.rfind(kSeparator);
    const std::string_view space = at == std::string_view::npos ? "" : full.substr(0, at);
    const std::string_view name = at == std::string_view::npos ? full : full.substr(at + 1);
    if (++depth_ > kFeedDepthMax) {
      stop(fmt::format("elements are nested deeper than {}", kFeedDepthMax));
      return;
    }
    if (depth_ == 1) {
      is_feed_ = name == "rss" || name == "feed" || name == "RDF";
      if (!is_feed_) {
        stop("this is no RSS and no Atom feed");
      }
    } else if (item_depth_ == 0 && (name == "item" || name == "entry")) {
      item_depth_ = depth_;
      item_ = Record();
    } else if (item_depth_ != 0 && depth_ == item_depth_ + 1 && space != kMedia) {
      begin_field(name, attributes);
    } else if (!field_.empty() && field_ == "author" && name != "name") {
      muted_depth_ = muted_depth_ == 0 ? depth_ : muted_depth_;  // an author's address
    }
  }

  void begin_field(std::string_view name, const XML_Char** attributes) {
    field_ = {};
    value_.clear();
    for (const auto& [element, field] : kFields) {
      if (element == name) {
        field_ = field;
      }
    }
    if (field_ == "link") {
      const std::string_view relation = attribute(attributes, "rel");
      value_ = attribute(attributes, "href");
      if (!relation.empty() && relation != "alternate") {
        field_ = {};
      }
    } else if (field_ == "categories") {
      value_ = attribute(attributes, "term");
    }
  }

  void text(std::string_view text) {
    if (!field_.empty() && muted_depth_ == 0) {
      value_ += text;
    }
  }

  void close() {
    if (muted_depth_ == depth_) {
      muted_depth_ = 0;
    }
    if (item_depth_ != 0 && depth_ == item_depth_ + 1) {
      end_field();
    } else if (item_depth_ != 0 && depth_ == item_depth_) {
      item_depth_ = 0;
      end_item();
    } else if (!field_.empty() && !value_.empty()) {
      value_ += ' ';  // markup of its own (xhtml) parts words
    }
    --depth_;
  }

  void end_field() {
    const std::size_t from = value_.find_first_not_of(" \t\r\n");
    const std::size_t to = value_.find_last_not_of(" \t\r\n");
    if (!field_.empty() && from != std::string::npos) {
      std::string value = value_.substr(from, to - from + 1);
      if (field_ == "categories") {
        auto& list = item_[field_];
        if (!list.is_array()) {
          list.emplace_array();
        }
        list.as_array().emplace_back(value);
      } else if (!item_.contains(field_)) {
        item_[field_] = value;
      }
    }
    field_ = {};
    value_.clear();
  }

  std::string field_of(std::string_view name) const {
    const auto* value = item_.if_contains(name);
    return value == nullptr ? std::string() : std::string(value->as_string());
  }

  void end_item() {
    if (!item_.contains("id") && item_.contains("link")) {
      item_["id"] = field_of("link");
    }
    if (!item_.contains("published") && item_.contains("updated")) {
      item_["published"] = field_of("updated");
    }
    const std::string content = field_of("content");
    const std::string body = plain_text(content.empty() ? field_of("summary") : content);
    const std::string title = plain_text(field_of("title"));
    item_["text"] = title + (title.empty() || body.empty() ? "" : "\n\n") + body;
    items_.push_back(std::move(item_));
    if (items_.size() == kFeedItemsMax) {
      enough_ = true;
      XML_StopParser(parser_.get(), XML_FALSE);
    }
  }

  struct Free {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
  std::vector<Record> items_{};
  Record item_{};
  std::string_view field_{};  // of the item, being read
  std::string value_{};
  std::size_t depth_ = 0;
  std::size_t item_depth_ = 0;   // 0: outside of items
  std::size_t muted_depth_ = 0;  // 0: characters count
  bool is_feed_ = false;
  bool enough_ = false;
  std::string why_{};
};

}  // namespace

Result<std::vector<Record>> parse_feed(std::string_view xml) {
  return FeedReader().read(xml);
}

}  // namespace layer::sources
