/* The pages, built by web/ and embedded in the program (tools/assets.mjs writes the table). */
#pragma once

#include "http/http.h"

extern const struct http_asset page_assets[];
extern const size_t page_asset_count;
