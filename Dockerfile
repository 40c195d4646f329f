# Any image of Debian with Python 3.11 or newer and pip will do.
ARG BASE_IMAGE=python:3.12-slim

# The pins change less often than the code: a layer of their own, and the one that is kept.
FROM ${BASE_IMAGE} AS pins
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt

FROM pins AS code
COPY pyproject.toml LICENSE ./
COPY src src
RUN pip install --no-cache-dir --no-deps --no-build-isolation --target lib .

FROM pins
RUN command -v git >/dev/null || { apt-get update -qq \
 && apt-get install -qq --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/*; }
RUN useradd --uid 10001 --create-home orchestrator \
 && install --directory --owner orchestrator var
COPY --from=code /app/lib lib

# Before site-packages: `domain` and its neighbours are names that others use, too.
ENV PYTHONPATH=/app/lib \
    PATH=/app/lib/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

USER orchestrator
VOLUME /app/var
EXPOSE 8500
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('ORCHESTRATOR_SERVER__PORT', '8500') + '/health', timeout=2)"]
ENTRYPOINT ["orchestrator"]
CMD ["serve"]
