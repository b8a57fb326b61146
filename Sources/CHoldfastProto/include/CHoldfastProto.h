// All generated messages of proto/holdfast/v1.
#ifndef HOLDFAST_CHOLDFASTPROTO_H
#define HOLDFAST_CHOLDFASTPROTO_H

#include "holdfast/v1/admin.pb-c.h"
#include "holdfast/v1/common.pb-c.h"
#include "holdfast/v1/stock.pb-c.h"

#endif
