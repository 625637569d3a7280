// Which rows a read may see, and how it goes on where the store refuses it because of that (rules
// Y8 and Y10 of the contract): written once for a body that is edited and for bodies that are made.
// Thread safety: one read's own object.
#pragma once

#include <string>
#include <string_view>

#include "features/freshness/query_edit.h"
#include "features/freshness/read_cut.h"

namespace layer::features::freshness {

class RowBounds {
 public:
  RowBounds(ReadCut read, TimeRange range);

  // The decision in force; asking again may have changed it.
  const ReadCut& read() const { return read_; }
  // What a caller's body needs. The level stands only where the read is stable: others keep theirs.
  const QueryEdit& edit() const { return edit_; }
  // The filter joined with the range and the cut; JSON text, empty for all rows.
  std::string join(std::string filter) const;

  // The answer has this status. True: ask again, with the cut, because the store cannot keep up
  // with what is not indexed, while older rows it can serve. At most once.
  bool cut_after(int status);
  // Whether the words of an answer with this status have to be looked at: drop_stamps().
  bool may_lack_stamps(int status) const;
  // True: ask again without comparing stamps, because the store has never seen one in this
  // namespace and says so. At most once.
  bool drop_stamps(int status, std::string_view words);

 private:
  ReadCut read_;
  QueryEdit edit_;
};

// kFeatureUnavailable: stable and temporal reads of a namespace whose writes carry no stamps.
// `feature`: "stable" or "temporal".
Error stamps_missing(std::string_view feature);

// The status of a store that refuses a query for what it says.
bool refuses_query(int status);

}  // namespace layer::features::freshness
