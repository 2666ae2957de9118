# The crawler as a container: one volume, the same commands as arguments.
#   docker build -t crawler .
#   docker run --rm -v "$PWD/data:/data" crawler run
FROM python:3.13-slim

WORKDIR /src
# Dependencies first: they change less often than the code. Every file is checked against its hash.
COPY constraints.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r constraints.txt
COPY pyproject.toml README.md ./
COPY crawler crawler
RUN pip install --no-cache-dir --no-deps . \
    && useradd --uid 10001 --no-create-home --home-dir /data crawler \
    && install -d -o crawler -g crawler /data
# A new named volume starts with what stands here; a mounted folder brings its own config.yaml.
COPY --chown=crawler:crawler config.yaml /data/config.yaml

ENV CRAWLER_CONFIG=/data/config.yaml \
    PYTHONUNBUFFERED=1
WORKDIR /data
VOLUME /data
USER crawler
ENTRYPOINT ["crawler"]
CMD ["run"]
