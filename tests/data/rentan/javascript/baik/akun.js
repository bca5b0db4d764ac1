// Akun antrean, sudah diperbaiki.
const unggah = multer({ dest: "unggahan/", limits: { fileSize: 2000000 } });
app.use(express.static("publik"));
app.use(cors({ origin: "https://layanan.contoh.go.id", credentials: true }));
app.use(lusca({ csrf: true }));

app.post("/masuk", async (req, res) => {
  console.log("masuk", req.body.nama);
  const akun = await Akun.findOne({ nama: String(req.body.nama) });
  const cocok = await bcrypt.compare(req.body.sandi, akun.sandi);
  res.cookie("sesi", crypto.randomBytes(16).toString("hex"), { httpOnly: true, secure: true, sameSite: "lax" });
});

app.post("/impor", (req, res) => {
  const dokumen = libxmljs.parseXml(isi, { nonet: true });
  const tujuan = fetch("https://data.contoh.go.id/antrean");
  const pola = new RegExp(escapeRegExp(req.query.cari));
  akun.set(String(req.body.kunci), isi);
  res.render("surat", { nama: req.body.nama });
});

app.post("/foto", unggah.single("foto"), (req, res) => {
  fs.renameSync(req.file.path, "unggahan/" + crypto.randomUUID() + path.extname(req.file.originalname));
  const rahasia = crypto.createCipheriv("aes-256-gcm", kunci, iv);
  const keranjang = JSON.parse(isi);
  const agen = new https.Agent({ ca });
});

app.use((galat, req, res, lanjut) => res.status(500).send("Terjadi kesalahan."));
