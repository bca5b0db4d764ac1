// Akun antrean. Sengaja rentan: dipakai menguji pemindai, jangan dipasang.
const unggah = multer({ dest: "unggahan/" }); // TEMUAN kawal-js-unggah-tanpa-batas
app.use(express.static(__dirname)); // TEMUAN kawal-js-sumber-terbuka
app.use(cors({ origin: true, credentials: true })); // TEMUAN kawal-js-asal-terbuka
app.use(lusca({ csrf: false })); // TEMUAN kawal-js-csrf-mati

app.post("/masuk", async (req, res) => {
  console.log("masuk", req.body); // TEMUAN kawal-js-rahasia-di-log
  const akun = await Akun.findOne({ nama: req.body.nama }); // TEMUAN kawal-js-nosql-dari-masukan
  const sidik = crypto.createHash("md5").update(akun.sandi).digest("hex"); // TEMUAN kawal-js-hash-lemah
  res.cookie("sesi", sidik); // TEMUAN kawal-js-kuki-tanpa-pengaman
});

app.post("/impor", (req, res) => {
  const dokumen = libxmljs.parseXml(isi, { noent: true }); // TEMUAN kawal-js-xxe
  const tujuan = fetch(req.body.alamat); // TEMUAN kawal-js-alamat-dari-masukan
  const pola = new RegExp(req.query.cari); // TEMUAN kawal-js-regex-dari-masukan
  akun[req.body.kunci] = isi; // TEMUAN kawal-js-prototipe
  res.send(ejs.render(req.body.templat)); // TEMUAN kawal-js-templat-dari-masukan TEMUAN kawal-js-xss-server
});

app.post("/foto", unggah.single("foto"), (req, res) => {
  fs.renameSync(req.file.path, "unggahan/" + req.file.originalname); // TEMUAN kawal-js-unggah-tanpa-periksa
  const rahasia = crypto.createCipheriv("des-cbc", kunci, iv); // TEMUAN kawal-js-sandi-lemah
  const keranjang = serialize.unserialize(isi); // TEMUAN kawal-js-deserialisasi
  const agen = new https.Agent({ rejectUnauthorized: false }); // TEMUAN kawal-js-tls-tidak-diperiksa
});

app.use((galat, req, res, lanjut) => res.status(500).send(galat.stack)); // TEMUAN kawal-js-galat-ditampilkan
