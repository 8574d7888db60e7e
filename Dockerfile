# The worker of flowsep in a container: docs/container.md. Targets: cpu (the default) and cuda, for NVIDIA GPUs.
#
#   docker build --tag flowsep:cpu --target cpu .
#   docker build --tag flowsep:cuda --target cuda .      Linux on x86-64; CUDA's libraries come from PyPI, the driver from the host
#
# BASE may be any image with Python 3.11 to 3.14 as `python3`, the module venv included.
ARG BASE=docker.io/library/python:3.13-slim-bookworm

# Wheels of this tree, one for each variant. What builds them has the hashes of locks/build.txt.
FROM ${BASE} AS wheels
WORKDIR /src
COPY locks/build.txt locks/build.txt
RUN python3 -m venv /build \
    && /build/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r locks/build.txt
COPY . .
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels/cpu . \
    && /build/bin/python -m scripts.release.gpu build/gpu \
    && /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels/cuda ./build/gpu

# Everything that runs, from locks/run.txt: files without a hash there are refused.
FROM ${BASE} AS environment-cpu
COPY locks/run.txt /locks/run.txt
RUN python3 -m venv /opt/flowsep \
    && /opt/flowsep/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r /locks/run.txt
RUN --mount=type=bind,from=wheels,source=/wheels/cpu,target=/wheels \
    /opt/flowsep/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl \
    && /opt/flowsep/bin/pip check \
    && /opt/flowsep/bin/pip uninstall --yes pip

# The same with the CUDA build of ONNX Runtime, and CUDA's libraries, in place of the CPU build.
FROM ${BASE} AS environment-cuda
COPY locks/run.txt locks/gpu.txt /locks/
RUN python3 -m venv /opt/flowsep \
    && awk '/^[^ #]/ { skip = /^onnxruntime==/ } !skip' /locks/run.txt > /locks/run-gpu.txt \
    && /opt/flowsep/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: \
        -r /locks/run-gpu.txt -r /locks/gpu.txt
RUN --mount=type=bind,from=wheels,source=/wheels/cuda,target=/wheels \
    /opt/flowsep/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl \
    && /opt/flowsep/bin/pip check \
    && /opt/flowsep/bin/pip uninstall --yes pip

# What both have: a user without rights, folders, the health check, and the worker as the process that gets SIGTERM.
FROM ${BASE} AS runtime
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="flowsep-plugin" \
      org.opencontainers.image.description="Text-queried sound separation: the worker, with its HTTP API" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="GPL-3.0-or-later AND Apache-2.0 AND GPL-3.0-only" \
      org.opencontainers.image.authors="The flowsep-plugin authors" \
      org.opencontainers.image.url="https://github.com/flowsep-plugin/flowsep-plugin" \
      org.opencontainers.image.source="https://github.com/flowsep-plugin/flowsep-plugin" \
      org.opencontainers.image.documentation="https://flowsep-plugin.readthedocs.io"
RUN groupadd --gid 10001 flowsep \
    && useradd --uid 10001 --gid 10001 --home-dir /home/flowsep --create-home --shell /usr/sbin/nologin flowsep \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data /data/config /data/cache \
    && install --directory --owner 10001 --group 10001 /media
ENV PATH=/opt/flowsep/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    HF_HUB_DISABLE_TELEMETRY=1 \
    FLOWSEP_WORKER_HOME=/data/worker \
    XDG_DATA_HOME=/data \
    XDG_CONFIG_HOME=/data/config \
    XDG_CACHE_HOME=/data/cache
USER 10001:10001
WORKDIR /media
VOLUME ["/data", "/media"]
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s --retries=3 CMD ["flowsep", "worker", "--check"]
ENTRYPOINT ["flowsep"]
CMD ["worker", "--host", "0.0.0.0", "--port", "8765"]

FROM runtime AS cuda
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=environment-cuda /opt/flowsep /opt/flowsep

# The last target is what `docker build` makes where none is named.
FROM runtime AS cpu
COPY --from=environment-cpu /opt/flowsep /opt/flowsep
