/* SPDX-License-Identifier: MIT */
/*
 * A gain as an LV2 plugin that tells audiowatch what it does, and misbehaves on request. run() and what it calls are
 * the audio thread's, and wait-free but for the stall that was asked for; all else is the host's control thread's.
 */
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/options/options.h>
#include <lv2/urid/urid.h>
#include <stdlib.h>
#include <string.h>

#include "rt/audiowatch.h"
#include "tools/demo/plugin/control.h"
#include "tools/demo/plugin/spend.h"
#include "tools/demo/plugin/worker.h"

#define PLUGIN_URI "urn:audiowatch:demo:gain"

enum { PORT_IN = CONTROLS, PORT_OUT, PORTS };

struct plugin {
	void *ports[PORTS]; /* the host's memory */
	struct aw_session *session;
	struct aw_engine *engine;
	struct worker worker;
	uint32_t rate_hz;
	uint32_t frames; /* of the host's period: what it says, else its longest call so far */
	bool host_said;
	float stall_ms; /* of the block before */
};

/* The host's nominal block length; 0 = it gives none. */
static uint32_t nominal_frames(const LV2_Options_Option *options, const LV2_URID_Map *map)
{
	const LV2_URID wanted = map->map(map->handle, LV2_BUF_SIZE__nominalBlockLength);

	for (; options->key || options->value; options++)
		if (options->key == wanted && options->size == sizeof(int32_t) &&
		    *(const int32_t *)options->value > 0)
			return *(const uint32_t *)options->value;
	return 0;
}

static const void *feature(const LV2_Feature *const *features, const char *uri)
{
	for (; features && *features; features++)
		if (!strcmp((*features)->URI, uri))
			return (*features)->data;
	return NULL;
}

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate, const char *path,
			      const LV2_Feature *const *features)
{
	const LV2_Options_Option *options = feature(features, LV2_OPTIONS__options);
	const LV2_URID_Map *map = feature(features, LV2_URID__map);
	struct plugin *plugin = calloc(1, sizeof *plugin);

	(void)descriptor, (void)path;
	if (!plugin)
		return NULL;
	plugin->rate_hz = rate > 0 && rate <= 1048576 ? (uint32_t)rate : 0;
	if (options && map)
		plugin->frames = nominal_frames(options, map);
	plugin->host_said = plugin->frames != 0;
	return plugin;
}

static void connect_port(LV2_Handle handle, uint32_t port, void *data)
{
	struct plugin *plugin = handle;

	if (port < PORTS)
		plugin->ports[port] = data;
}

/* Whatever fails here leaves NULL, and the plugin plays on unwatched. */
static void session_open(struct plugin *plugin)
{
	struct worker *worker = &plugin->worker;

	(void)aw_open(NULL, &plugin->session);
	(void)aw_engine_new(plugin->session, "gain", &plugin->engine);
	(void)aw_function_new(plugin->session, "ping", &worker->ping);
	(void)aw_function_new(plugin->session, "load", &worker->load);
	(void)aw_function_new(plugin->session, "hang", &worker->hang);
	worker->engine = plugin->engine;
	aw_engine_format(plugin->engine, plugin->rate_hz, plugin->frames);
}

static void activate(LV2_Handle handle)
{
	struct plugin *plugin = handle;

	if (!plugin->session)
		session_open(plugin);
	plugin->stall_ms = 0;
	worker_start(&plugin->worker);
	aw_engine_active(plugin->engine, true);
}

static void deactivate(LV2_Handle handle)
{
	struct plugin *plugin = handle;

	aw_engine_active(plugin->engine, false);
	worker_stop(&plugin->worker);
}

static void cleanup(LV2_Handle handle)
{
	struct plugin *plugin = handle;

	worker_stop(&plugin->worker);
	aw_close(plugin->session);
	free(plugin);
}

static float control(const struct plugin *plugin, enum control which)
{
	return control_value(which, plugin->ports[which]);
}

/* A host may split its period, and then the first call tells less than the period. */
static void learn_frames(struct plugin *plugin, uint32_t frames)
{
	if (plugin->host_said || frames <= plugin->frames)
		return;
	plugin->frames = frames;
	aw_engine_format(plugin->engine, plugin->rate_hz, frames);
}

static void wish(struct wishes *wishes, const struct plugin *plugin)
{
	atomic_store_explicit(&wishes->ffi_ms, (uint32_t)control(plugin, CONTROL_FFI),
			      memory_order_relaxed);
	atomic_store_explicit(&wishes->hang, control(plugin, CONTROL_HANG) >= 0.5F,
			      memory_order_relaxed);
	atomic_store_explicit(&wishes->parts, (uint32_t)control(plugin, CONTROL_CHANNELS),
			      memory_order_relaxed);
}

static void apply_gain(const struct plugin *plugin, uint32_t frames)
{
	const float *in = plugin->ports[PORT_IN];
	float *out = plugin->ports[PORT_OUT];
	const float gain = control(plugin, CONTROL_GAIN);

	for (uint32_t i = 0; in && out && i < frames; i++)
		out[i] = gain * in[i];
}

/* The burn in equal shares, one for each part's own time. */
static void burn(struct plugin *plugin)
{
	const uint64_t burn_ns = (uint64_t)(control(plugin, CONTROL_BURN) * NS_A_MILLISECOND);
	struct worker *worker = &plugin->worker;
	const unsigned wanted = (unsigned)control(plugin, CONTROL_CHANNELS);
	const unsigned parts = worker_parts(worker, wanted);

	if (!parts)
		spend_busy(burn_ns);
	for (unsigned i = 0; i < parts; i++) {
		aw_channel_begin(worker->parts[i]);
		spend_busy(burn_ns / parts);
	}
	for (unsigned i = parts; i > 0; i--)
		aw_channel_end(worker->parts[i - 1]);
}

static void stall(struct plugin *plugin)
{
	const float stall_ms = control(plugin, CONTROL_STALL);

	if (stall_ms > plugin->stall_ms)
		spend_asleep((uint64_t)stall_ms * NS_A_MILLISECOND);
	plugin->stall_ms = stall_ms;
}

static void run(LV2_Handle handle, uint32_t frames)
{
	struct plugin *plugin = handle;

	if (!frames) /* a host's way to ask for the outputs alone */
		return;
	learn_frames(plugin, frames);
	wish(&plugin->worker.wishes, plugin);
	aw_render_begin(plugin->engine, frames);
	apply_gain(plugin, frames);
	burn(plugin);
	stall(plugin);
	aw_render_end(plugin->engine);
}

static const LV2_Descriptor gain = {
	.URI = PLUGIN_URI,
	.instantiate = instantiate,
	.connect_port = connect_port,
	.activate = activate,
	.run = run,
	.deactivate = deactivate,
	.cleanup = cleanup,
};

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index);
const LV2_Descriptor *lv2_descriptor(uint32_t index)
{
	return index ? NULL : &gain;
}
