// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
#include "../../module/vm/vm_page_window.c"
