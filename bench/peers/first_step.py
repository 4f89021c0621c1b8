"""A process of one training step of an MLP in PyTorch: what starting costs."""
import torch
from torch import nn

torch.set_num_threads(1)
model = nn.Sequential(nn.Linear(784, 40), nn.ReLU(), nn.Linear(40, 20), nn.ReLU(), nn.Linear(20, 10))
optimizer = torch.optim.Adam(model.parameters())
loss = nn.functional.cross_entropy(model(torch.full((100, 784), 0.5)), torch.arange(100) % 10)
loss.backward()
optimizer.step()
print("pytorch")
