# One image for every process of Passerelle; docker-compose.yml says which command each runs.

FROM python:3.13-slim AS build
WORKDIR /app
RUN python -m venv /venv
# requirements.lock is the one list of what is installed anywhere. Its first part is what Passerelle
# itself needs; the embedded servers and the developers' tools come after the line looked for here.
# pip refuses a dependency that is not in what it is given, so a cut in the wrong place fails.
COPY requirements.lock .
RUN grep -q '^# Below: only the extras' requirements.lock \
    && sed '/^# Below: only the extras/,$d' requirements.lock > image.lock \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r image.lock
COPY . .
RUN rm image.lock && /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e .

FROM python:3.13-slim
RUN useradd --system --no-create-home passerelle
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# Logs come out as they are written. The one directory that is written is for downloads under way.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PASSERELLE_ENVIRONMENT=production PASSERELLE_DATA_DIR=/var/lib/passerelle
RUN install -d -o passerelle /var/lib/passerelle
USER passerelle
CMD ["passerelle", "--help"]
