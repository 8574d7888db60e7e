/* Settings of the test plug-in for DPF, the DISTRHO Plugin Framework (Debian: dpf-source). */
#pragma once

#define DISTRHO_PLUGIN_BRAND "FlowSep Tests"
#define DISTRHO_PLUGIN_NAME "Trouble"
#define DISTRHO_PLUGIN_URI "urn:flowsep:tests:trouble"
#define DISTRHO_PLUGIN_HAS_UI 0
#define DISTRHO_PLUGIN_IS_RT_SAFE 1
#define DISTRHO_PLUGIN_NUM_INPUTS 2
#define DISTRHO_PLUGIN_NUM_OUTPUTS 2
#define DISTRHO_PLUGIN_WANT_LATENCY 1
