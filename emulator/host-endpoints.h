/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * host-endpoints - managed identity where there is no IMDS: App Service,
 * Azure Machine Learning, Cloud Shell, Service Fabric
 *
 * Each has its own path, its own header for the secret that only processes on
 * that host know, its own spelling of ids, and its own form of the expiry.
 */

#include "base/std.h"
#include "emulator/exchange.h"

/* api-version 2019-08-01 (X-IDENTITY-HEADER) and 2017-09-01 (secret). */
AKV_MUST_CHECK int app_service_token(Exchange *exchange);
AKV_MUST_CHECK int machine_learning_token(Exchange *exchange);
AKV_MUST_CHECK int cloud_shell_token(Exchange *exchange);

/* Makes the reply to any request of the Service Fabric listener. */
AKV_MUST_CHECK int service_fabric_dispatch(Exchange *exchange);
