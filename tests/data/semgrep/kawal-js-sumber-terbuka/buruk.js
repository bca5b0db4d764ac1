app.use(express.static(__dirname)); // TEMUAN
app.use(express.static("publik", { dotfiles: "allow" })); // TEMUAN
app.use("/berkas", serveIndex("berkas")); // TEMUAN
