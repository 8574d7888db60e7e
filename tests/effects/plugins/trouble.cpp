/* A VST3 for tests: a gain that is late by as much as it reports, and that fails on demand while it runs. */
#include "DistrhoPlugin.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

START_NAMESPACE_DISTRHO

static const uint32_t kLatency = 300;

class Trouble : public Plugin {
public:
    Trouble() : Plugin(2, 0, 0) { setLatency(kLatency); }

protected:
    const char* getLabel() const override { return "trouble"; }
    const char* getMaker() const override { return "FlowSep Tests"; }
    const char* getLicense() const override { return "GPL-3.0-or-later"; }
    uint32_t getVersion() const override { return d_version(1, 2, 3); }
    int64_t getUniqueId() const override { return d_cconst('F', 'S', 't', '1'); }

    void initParameter(uint32_t index, Parameter& parameter) override {
        parameter.hints = kParameterIsAutomatable;
        if (index == 0) {
            parameter.name = "Gain";
            parameter.symbol = "gain";
            parameter.unit = "dB";
            parameter.ranges = ParameterRanges(0.0f, -60.0f, 12.0f);
            return;
        }
        static const char* const labels[] = {"nothing", "crash", "hang", "nan"};
        parameter.name = "Trouble";
        parameter.symbol = "trouble";
        parameter.hints |= kParameterIsInteger;
        parameter.ranges = ParameterRanges(0.0f, 0.0f, 3.0f);
        ParameterEnumerationValue* const values = new ParameterEnumerationValue[4];
        for (int number = 0; number < 4; ++number) values[number] = ParameterEnumerationValue(number, labels[number]);
        parameter.enumValues.count = 4;
        parameter.enumValues.restrictedMode = true;
        parameter.enumValues.values = values;
    }

    float getParameterValue(uint32_t index) const override { return fValues[index]; }
    void setParameterValue(uint32_t index, float value) override { fValues[index] = value; }

    void activate() override { std::memset(fHeld, 0, sizeof(fHeld)); fAt = 0; }

    void run(const float** inputs, float** outputs, uint32_t frames) override {
        const int trouble = static_cast<int>(std::lround(fValues[1]));
        if (trouble == 1) std::abort();
        if (trouble == 2) sleep(3600);
        const float factor = std::pow(10.0f, fValues[0] / 20.0f);
        for (uint32_t frame = 0; frame < frames; ++frame) {
            for (int channel = 0; channel < 2; ++channel) {
                const float sample = inputs[channel][frame];
                outputs[channel][frame] = trouble == 3 ? NAN : fHeld[channel][fAt] * factor;
                fHeld[channel][fAt] = sample;
            }
            fAt = (fAt + 1) % kLatency;
        }
    }

private:
    float fValues[2] = {0.0f, 0.0f};
    float fHeld[2][kLatency] = {};
    uint32_t fAt = 0;
};

Plugin* createPlugin() { return new Trouble(); }

END_NAMESPACE_DISTRHO
