// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The trace events themselves.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"
