# Stash on Debian, where Set up takes ready-made packages for every processor:
#   docker build -t stash-debian -f debian.Dockerfile .
# In the compose file, put `image: stash-debian` in the place of `image: stashapp/stash:latest`; all
# volumes stay as they are.
FROM stashapp/stash:latest AS stash

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates ffmpeg libvips-tools python3 python3-pip tzdata \
    && rm -rf /var/lib/apt/lists/*
# Stash's releases for Linux are linked statically, so they run here as well.
COPY --from=stash /usr/bin/stash /usr/bin/stash
ENV LANG=C.UTF-8 STASH_CONFIG_FILE=/root/.stash/config.yml
EXPOSE 9999
CMD ["stash"]
