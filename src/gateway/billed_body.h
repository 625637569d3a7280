// Adds what a store's answer is billed for to its exchange (rule T8 of the contract): at once where
// the answer is held, else when its last byte has gone by.
// Thread safety: one loop. The exchange outlives the answer's body.
#pragma once

#include "gateway/exchange.h"
#include "store/vector_store.h"

namespace layer::gateway {

// Successful answers to queries and writes; others are left alone.
void note_billing(Exchange& exchange, store::Answer& answer);

}  // namespace layer::gateway
