# Stash with an NVIDIA card for faces (and for its own transcoding):
#   docker build -t stash-cuda -f cuda.Dockerfile .
# The card's libraries for computing come from Set up; from the host comes only its driver.
FROM stashapp/stash:latest AS stash

FROM ubuntu:24.04
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates ffmpeg libvips-tools python3 python3-pip tzdata \
    && rm -rf /var/lib/apt/lists/*
COPY --from=stash /usr/bin/stash /usr/bin/stash
# Without `compute` the container gets no libcuda, and the models run on the processor.
ENV LANG=C.UTF-8 STASH_CONFIG_FILE=/root/.stash/config.yml \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,video,utility
EXPOSE 9999
CMD ["stash"]
