# One image, two containers: the vault and the server share nothing but a socket. See deploy/compose.yaml.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/ ./cmd/...

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 970 noren-socket \
 && useradd --system --uid 971 --user-group --groups noren-socket --home-dir /var/lib/noren --shell /usr/sbin/nologin noren \
 && useradd --system --uid 972 --user-group --groups noren-socket --home-dir /var/lib/noren-vault --shell /usr/sbin/nologin noren-vault \
 && install -d -o noren -g noren -m 0700 /var/lib/noren \
 && install -d -o noren-vault -g noren-vault -m 0700 /var/lib/noren-vault \
 && install -d -o noren-vault -g noren-socket -m 0750 /run/noren-vault \
 && install -d -o root -g noren-vault -m 0750 /etc/noren
COPY --from=build /out/ /usr/local/bin/
# What is freed is overwritten: of a card number that was typed and refused, nothing stays in memory (docs/pan.md).
ENV NOREN_LISTEN=:8080 GODEBUG=clobberfree=1
EXPOSE 8080
USER noren
ENTRYPOINT ["/usr/local/bin/noren"]
CMD ["serve"]
