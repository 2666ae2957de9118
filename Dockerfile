# The crawler as a container: one volume, the same commands as arguments, `serve` when none is given.
#   docker build -t crawler .
#   docker run -d -p 127.0.0.1:8080:8080 -v crawler-data:/data crawler
#   docker run --rm -v crawler-data:/data crawler run
# tests/image.py reads this file and takes the same steps without an engine; it knows the instructions used here.

ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
WORKDIR /src
RUN python -m venv --without-pip /usr/local/lib/crawler
# Dependencies first: they change less often than the code. Every file is checked against its hash.
COPY constraints.txt ./
RUN pip --python /usr/local/lib/crawler/bin/python install --no-cache-dir --no-deps --only-binary :all: --require-hashes -r constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY crawler crawler
RUN pip --python /usr/local/lib/crawler/bin/python install --no-cache-dir --no-deps . \
    && /usr/local/lib/crawler/bin/crawler --version
# What a new volume's configuration is made of: the shipped one, in the container's time zone, with a web face that is
# reached from outside the container, by the names of the machine it runs on.
COPY config.yaml ./
RUN sed -e 's|^  # timezone: .*|  timezone: ${TZ}         # for the date in file names; TZ is a variable of the container|' \
        -e 's|^# serve: .*|serve: {host: 0.0.0.0, hosts: [localhost, 127.0.0.1]}   # admin: true for buttons; for others: your own hosts, and a token|' config.yaml >/usr/local/lib/crawler/config.yaml \
    && grep -q '^  timezone: ${TZ} ' /usr/local/lib/crawler/config.yaml \
    && grep -q '^serve: {host: 0.0.0.0' /usr/local/lib/crawler/config.yaml

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=""
ARG CREATED=""
LABEL org.opencontainers.image.title="crawler" \
      org.opencontainers.image.description="Archives news feeds as Markdown posts: every article once, in full, for good." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
# Programs that a configuration of yours calls, such as git: docker build --build-arg PACKAGES=git
ARG PACKAGES=""
RUN if [ -n "$PACKAGES" ]; then apt-get update && apt-get install -y --no-install-recommends $PACKAGES && rm -rf /var/lib/apt/lists/*; fi
# Any user may write into a new volume, for `--user` takes any: nobody else gets at it but by this container.
RUN useradd --uid 10001 --no-create-home --home-dir /data crawler \
    && install -d -m 0777 -o crawler -g crawler /data
COPY --from=build /usr/local/lib/crawler /usr/local/lib/crawler
COPY --chmod=0755 docker/crawler /usr/local/bin/crawler

ENV CRAWLER_CONFIG=/data/config.yaml \
    HOME=/data \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TZ=UTC
WORKDIR /data
EXPOSE 8080
VOLUME /data
USER 10001:10001
# Whether the crawler itself works; a source that fails is no reason to start it anew.
HEALTHCHECK --interval=5m --timeout=30s --start-period=1m --retries=2 CMD crawler status --alive -q || exit 1
ENTRYPOINT ["crawler"]
CMD ["serve"]
