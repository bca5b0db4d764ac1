app.use(express.static("publik"));
app.use(express.static(path.join(__dirname, "publik")));
