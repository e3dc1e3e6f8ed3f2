/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * workload - tokens that others issue, for a client to exchange at Entra
 *
 * The emulator is every such issuer: that of an AKS cluster
 * (*.oic.prod-aks.azure.com), of GitHub Actions
 * (token.actions.githubusercontent.com), and of Azure Pipelines, whose request
 * for a token it answers on dev.azure.com. All sign with one key.
 */

#include "base/std.h"
#include "emulator/exchange.h"
#include "emulator/names.h"

enum {
	WORKLOAD_TEXT_SIZE = 512,
	PIPELINE_CONNECTIONS_MAX = 16,
	WORKLOAD_LIFE_S = 3600,
};

/* A service connection of Azure Pipelines. */
typedef struct PipelineConnection {
	char id[GUID_SIZE];
	char issuer[WORKLOAD_TEXT_SIZE], subject[WORKLOAD_TEXT_SIZE];
} PipelineConnection;

typedef struct Pipelines {
	char access_token[WORKLOAD_TEXT_SIZE]; /* of the job; "": no job */
	PipelineConnection connections[PIPELINE_CONNECTIONS_MAX];
	size_t n;
} Pipelines;

/* Handlers of routes. */
int control_tokens_post(Exchange *exchange);

/* Make the reply to a request of an issuer, and of Azure DevOps. */
AKV_MUST_CHECK int workload_dispatch(Exchange *exchange);
AKV_MUST_CHECK int pipelines_dispatch(Exchange *exchange);
