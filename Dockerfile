FROM python:3.13-slim AS build
RUN python -m venv /opt/duly
ENV PATH=/opt/duly/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
# A new volume takes owner and mode of the folder that it is mounted on. Those of private keys are for their owner alone.
RUN useradd --system --create-home --uid 10001 duly && install --directory --owner=duly /archive /attachments /worker \
    /locks/public /locks/worker /locks/gateway /locks/reader /locks/operator && \
    install --directory --owner=duly --mode=0700 /gateway /gateway/webhooks /worker/webhooks \
    /locks/keys
COPY --from=build /opt/duly /opt/duly
ENV PATH=/opt/duly/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /home/duly
CMD ["duly", "worker"]
