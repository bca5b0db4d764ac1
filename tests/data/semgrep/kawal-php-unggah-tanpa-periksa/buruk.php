<?php
move_uploaded_file($_FILES['f']['tmp_name'], 'unggahan/' . $_FILES['f']['name']); // TEMUAN
$request->file('foto')->storeAs('publik', $foto->getClientOriginalName()); // TEMUAN
