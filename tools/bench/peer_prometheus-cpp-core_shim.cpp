// SPDX-License-Identifier: MIT
// prometheus-cpp behind four C functions. Compiled in where prometheus-cpp is found.
#include "tools/bench/peer_prometheus.h"

#include <exception>
#include <memory>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

struct peer_prometheus {
	std::shared_ptr<prometheus::Registry> registry;
	prometheus::Histogram *histogram;
	prometheus::Gauge *gauge;
};

static peer_prometheus *make()
{
	auto registry = std::make_shared<prometheus::Registry>();
	auto &histograms = prometheus::BuildHistogram()
				   .Name("audio_engine_render_time_histogram_seconds")
				   .Register(*registry);
	auto &gauges =
		prometheus::BuildGauge().Name("audio_engine_render_time_seconds").Register(*registry);
	const prometheus::Histogram::BucketBoundaries bounds = { 0.0001, 0.00025, 0.0005, 0.001,
								 0.0025, 0.005,	  0.01,	  0.025,
								 0.05,	 0.1,	  0.25 };

	return new peer_prometheus{ registry, &histograms.Add({ { "engine", "main" } }, bounds),
				    &gauges.Add({ { "engine", "main" } }) };
}

peer_prometheus *peer_prometheus_new()
{
	try {
		return make();
	} catch (const std::exception &) {
		return nullptr;
	}
}

void peer_prometheus_free(peer_prometheus *peer)
{
	delete peer;
}

void peer_prometheus_observe(peer_prometheus *peer, double seconds)
{
	peer->histogram->Observe(seconds);
}

void peer_prometheus_set(peer_prometheus *peer, double seconds)
{
	peer->gauge->Set(seconds);
}
