// The gates, one function each: what must hold before a change of the kernels or the encoder goes
// in. Each appends its rows to the report; none fails the program by itself.
#pragma once

#include "bench/context.h"
#include "bench/gate.h"

namespace shoal {

// Products of the model's four shapes, alone, as shares of the peak loop.
void TileGate(const Context& context, GateReport& report);

// A whole forward pass of 128 tokens in items of 32, as a share of its operations at peak.
void ForwardGate(const Context& context, GateReport& report);

// Two lanes on two cores against one.
void LanesGate(const Context& context, GateReport& report);

// No allocation in a forward pass; an item's bytes alone and in company; the recorded bytes.
void AllocationGate(const Context& context, GateReport& report);
void InvarianceGate(const Context& context, GateReport& report);
void RecordedBytesGate(const Context& context, GateReport& report);

// Against the reference implementation.
void AccuracyGate(const Context& context, GateReport& report);

}  // namespace shoal
