app.use(cors({ origin: "https://aplikasi.contoh.go.id", credentials: true }));
