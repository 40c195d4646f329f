ARG BASE_IMAGE=python:3.12-slim
FROM ${BASE_IMAGE}

RUN apt-get update -qq \
 && apt-get install -qq --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app

# The pins change less often than the code: a layer of their own.
COPY requirements.txt ./
RUN pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt

COPY pyproject.toml LICENSE ./
COPY src src
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
 && useradd --uid 10001 --create-home orchestrator \
 && install --directory --owner orchestrator var

# Before site-packages: `domain` and its neighbours are names that others use, too.
ENV PYTHONPATH=/app/src \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

USER orchestrator
VOLUME /app/var
EXPOSE 8500
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('ORCHESTRATOR_SERVER__PORT', '8500') + '/health', timeout=2)"]
ENTRYPOINT ["orchestrator"]
CMD ["serve"]
