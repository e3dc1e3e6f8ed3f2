/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * arm-groups - tenants, subscriptions, resource groups, and what is in them
 *
 * Handlers for routes: captures are subscription and resource group.
 */

#include "base/std.h"
#include "emulator/exchange.h"

int arm_tenants(Exchange *exchange);
int arm_subscriptions(Exchange *exchange);
int arm_subscription_get(Exchange *exchange);
int arm_locations(Exchange *exchange);
int arm_provider_get(Exchange *exchange);
int arm_groups(Exchange *exchange);
int arm_group_get(Exchange *exchange);
int arm_group_head(Exchange *exchange);
int arm_group_put(Exchange *exchange);
int arm_group_delete(Exchange *exchange);

/* The generic list; $filter by resourceType and name. */
int arm_resources(Exchange *exchange);

/* May the caller see anything in there? */
bool arm_sees_subscription(const Exchange *exchange, const char *id);
